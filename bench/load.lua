-- Makes the requests of every trial, for wrk. What follows "--" on its command line:
--
--   place TOKENS ORDER PATH RUN   POST the order to PATH, each time with a new order id
--   read TOKENS TARGETS           GET a random line of TARGETS: the number of a token, and a path
--
-- TOKENS has a token a line. RUN is a number that no other call of a bench has,
-- so that no two requests of a bench have the same order id.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function lines(name)
  local out = {}
  for line in io.lines(name) do
    if line ~= "" then out[#out + 1] = line end
  end
  return out
end

-- after returns what follows the path in the request of each customer.
local function after(tokens, rest)
  local out = {}
  for i, token in ipairs(tokens) do
    out[i] = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
      "\r\nAccept: */*\r\nAuthorization: " .. token .. "\r\n" .. rest
  end
  return out
end

local random, format = math.random, string.format
local turn, count = 0, 0

local function place(tokens, name, path, run)
  local file = assert(io.open(name))
  local before, behind = file:read("*a"):match("^(.*)ORDER_ID(.*)$")
  file:close()
  local size = #before + 36 + #behind
  local head = after(tokens, "Content-Type: application/json\r\nContent-Length: " .. size .. "\r\n\r\n" .. before)
  local start = "POST " .. path
  turn = math.floor(number * #head / 2)
  return function()
    turn = turn % #head + 1
    count = count + 1
    -- A UUID of version 4 in form: random where an index sorts, unique at the end.
    local id = format("%08x-%04x-4%03x-8%03x-%04x%08x",
      random(0, 0x7fffffff), random(0, 0xffff), random(0, 0xfff), number, run, count)
    return start .. head[turn] .. id .. behind
  end
end

local function read(tokens, name)
  local tail = after(tokens, "\r\n")
  local owner, path = {}, {}
  for i, line in ipairs(lines(name)) do
    local token, target = line:match("^(%d+) (.+)$")
    owner[i], path[i] = tonumber(token), "GET " .. target
  end
  return function()
    local i = random(1, #path)
    return path[i] .. tail[owner[i]]
  end
end

function init(args)
  math.randomseed(os.time() + number * 7919)
  local tokens = lines(args[2])
  if args[1] == "place" then
    request = place(tokens, args[3], args[4], tonumber(args[5]))
  else
    request = read(tokens, args[3])
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(format('{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"max":%d,' ..
    '"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    e.connect, e.read, e.write, e.status, e.timeout))
end
