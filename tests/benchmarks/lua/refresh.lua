-- One app on one connection: each refresh presents the token that the one before it brought.
require("outcome")

function begin()
   newest = material.tokens[number]
end

function request()
   local body = "grant_type=refresh_token&refresh_token=" .. newest
   return material.token .. #body .. "\r\n\r\n" .. body
end

function response(status, headers, body)
   local successor = status == 200 and body:match('"refresh_token": ?"([^"]+)"')
   if successor and successor ~= newest and holds_all(body, material.expected) then
      newest, good = successor, good + 1
   else
      refuse(status, headers, body)
   end
end
