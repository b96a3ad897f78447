-- What every load counts, and how it is told: one line of JSON at the end. A wrk thread is a Lua state of its own.
local threads = {}

io.stdout:setvbuf("line") -- so that who started wrk hears when it begins

good, bad, first_bad = 0, 0, ""

function setup(thread)
   thread:set("number", #threads + 1)
   table.insert(threads, thread)
end

function init(args)
   material = dofile(args[1])
   begin()
end

-- An answer that is not what the operation promises: counted, and the first one is kept for the person who reads.
function refuse(status, headers, body)
   bad = bad + 1
   if first_bad == "" then
      first_bad = status .. " " .. (header(headers, "location") or "") .. " " .. body:sub(1, 300)
   end
end

-- A header by its name in lower case; servers differ in how they write it.
function header(headers, wanted)
   for name, value in pairs(headers) do
      if name:lower() == wanted then return value end
   end
end

function holds_all(body, expected)
   for _, text in ipairs(expected) do
      if not body:find(text, 1, true) then return false end
   end
   return true
end

function done(summary, latency)
   local told, counted, wrong, errors = "", 0, 0, summary.errors
   for _, thread in ipairs(threads) do
      counted, wrong = counted + thread:get("good"), wrong + thread:get("bad")
      if told == "" then told = thread:get("first_bad") end
   end
   io.write(string.format(
      '\n{"good": %d, "bad": %d, "lost": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "first_bad": "%s"}\n',
      counted, wrong, errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, told:gsub('[%c"\\]', "'")))
end
