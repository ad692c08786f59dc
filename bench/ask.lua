-- For wrk: asks for the paths in a file in turn, and prints what load.py reads. A body in a second file is posted to
-- the first of them as JSON, with the number of the request in the place of its %d.
local requests = {}
local turn = 0
local body

function init(args)
  for path in io.lines(args[1]) do requests[#requests + 1] = path end
  wrk.path = requests[1]
  for number, path in ipairs(requests) do requests[number] = wrk.format("GET", path) end
  if args[2] then
    body = io.open(args[2]):read("*a")
    wrk.headers["Content-Type"] = "application/json"
  end
end

function request()
  turn = turn + 1
  if body then return wrk.format("POST", wrk.path, wrk.headers, body:format(turn)) end
  return requests[turn % #requests + 1]
end

function done(summary)
  local errors = summary.errors
  local wrong = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print("counted: " .. summary.requests .. " " .. wrong .. " " .. summary.duration)
end
