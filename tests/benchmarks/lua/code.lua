-- One person's app on one connection: asks for a code with the session that is there, redeems it, asks again.
-- `good` counts round trips, which are two requests each.
require("outcome")

function begin()
   person = material.people[(number - 1) % #material.people + 1]
   code, asked = nil, 0
end

function request()
   if code then
      local body = material.body_before .. code .. material.body_after
      return material.token .. #body .. "\r\n\r\n" .. body
   end
   asked = asked + 1
   local once = number .. "-" .. asked
   return material.ask .. "&state=" .. once .. "&nonce=" .. once .. person
end

function response(status, headers, body)
   if code then
      code = nil
      if status == 200 and holds_all(body, material.expected) then good = good + 1 else refuse(status, headers, body) end
      return
   end
   local place = header(headers, "location") or ""
   local is_answer = place:sub(1, #material.redirect_uri) == material.redirect_uri
   if (status == 302 or status == 303) and is_answer and place:find("state=" .. number .. "-" .. asked, 1, true) then
      code = place:match("[?&]code=([^&#]+)")
   end
   if not code then refuse(status, headers, body) end
end
