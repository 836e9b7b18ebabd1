-- Complaints of the check that are faults of Twilio's documents: the exact texts, and the reason.
-- The check fails if an operation has other complaints, or no longer has these.
local WORKER = "/v1/Workspaces/WSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Workers"

local function worker(example)
  return {
    reason = "in the example the link `statistics` of one worker is that of all workers; its own is `worker_statistics`",
    complaints = {
      ("example %s: link statistics: %s/WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Statistics instead of %s/Statistics"):format(example, WORKER, WORKER),
    },
  }
end

return {
  ["taskrouter_v1.CreateWorker"] = worker "create",
  ["taskrouter_v1.FetchWorker"] = worker "fetch",
  ["taskrouter_v1.ListWorker"] = worker "readFull",
  ["taskrouter_v1.UpdateWorker"] = worker "update",
}
