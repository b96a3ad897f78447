-- Requests that do not depend on each other: the prepared ones in turn.
require("outcome")

function begin()
   turn = number
   count, status_wanted, expected = #material.requests, material.status, material.expected
end

function request()
   turn = turn % count + 1
   return material.requests[turn]
end

function response(status, headers, body)
   if status == status_wanted and holds_all(body, expected) then
      good = good + 1
   else
      refuse(status, headers, body)
   end
end
