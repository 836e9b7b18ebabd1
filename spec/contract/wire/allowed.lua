-- What the check complains of although the library does what it should, because a document is at fault: the complaints, word for word,
-- and the reason. An operation that is complained of for anything else, or no more, is a failure.
local WORKER = "/v1/Workspaces/WSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Workers"

local function worker(example)
  local function rule()
  return {
    reason = "the answer to CreateRule has the rule in its field `rule`",
    complaints = { "a record of webhooks_v1.CreateRule has nothing for {ruleId}" },
  }
end

return {
    reason = "in the example the link `statistics` of one worker is that of all workers; its own is `worker_statistics`",
    complaints = {
      ("example %s: link statistics: %s/WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Statistics instead of %s/Statistics"):format(example, WORKER, WORKER),
    },
  }
end

local function rule()
  return {
    reason = "the answer to CreateRule has the rule in its field `rule`",
    complaints = { "a record of webhooks_v1.CreateRule has nothing for {ruleId}" },
  }
end

return {
  ["taskrouter_v1.CreateWorker"] = worker "create",
  ["taskrouter_v1.FetchWorker"] = worker "fetch",
  ["taskrouter_v1.ListWorker"] = worker "readFull",
  ["taskrouter_v1.UpdateWorker"] = worker "update",
  ["webhooks_v1.DeleteRule"] = rule(),
  ["webhooks_v1.FetchRule"] = rule(),
  ["webhooks_v1.PatchRule"] = rule(),
}
