-- Ask for one path after the other, each with the tag beside it; usage: wrk -s serve.lua URL -- FILE
local asked, requests = 0, {}

function init(arguments)
    for line in io.lines(arguments[1]) do
        local path, tag = line:match("^(%S+) (.*)$")
        wrk.headers["If-None-Match"] = tag ~= "" and tag or nil
        requests[#requests + 1] = wrk.format("GET", path)
    end
end

function request()
    asked = asked % #requests + 1
    return requests[asked]
end

function done(summary, latency)
    local failed = 0
    for _, count in pairs(summary.errors) do failed = failed + count end
    print("found:", failed, summary.requests, summary.duration, summary.bytes,
        latency:percentile(50), latency:percentile(99))
end
