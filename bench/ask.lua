-- For wrk: asks for the paths in a file in turn, and prints what load.py reads.
local requests = {}
local turn = 0

function init(args)
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary)
  local errors = summary.errors
  local wrong = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print("counted: " .. summary.requests .. " " .. wrong .. " " .. summary.duration)
end
