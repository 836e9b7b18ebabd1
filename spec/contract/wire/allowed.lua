-- What the check complains of although the library does what it should, because a document is at fault: the complaints, word for word,
-- and the reason. An operation that is complained of for anything else, or no more, is a failure.
local WORKER = "/v1/Workspaces/WSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Workers"

local function worker(example)
  return {
    reason = "in the example the link `statistics` of one worker is that of all workers; its own is `worker_statistics`",
    complaints = {
      ("example %s: link statistics: %s/WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Statistics instead of %s/Statistics"):format(example, WORKER, WORKER),
    },
  }
end

local RULE = {
  reason = "the answer to CreateRule has the rule in its field `rule`",
  complaints = { "a record of webhooks_v1.CreateRule has nothing for {ruleId}" },
}

-- insights.v2: old documents have the list and the creation of a report under one name, new documents under two.
local function report(name, complaints)
  return { reason = ("own.json has the list and the creation under both names, %s and %s_reports"):format(name, name), complaints = complaints }
end

local function report_list(name)
  local place = ('twilio.resource insights.v2.%s_reports("CA00000000000000000000000000000001")'):format(name)
  return report(name, {
    place .. " has a create", ('%s instead of twilio.resource insights.v2.%s("CA00000000000000000000000000000001")'):format(place, name),
  })
end

local function report_creation(name)
  return report(name, { ("twilio.resource insights.v2.%s_reports has a list"):format(name) })
end

return {
  ["insights_v2.CreateInboundPhoneNumbersReport"] = report_creation "inbound",
  ["insights_v2.CreateOutboundPhoneNumbersReport"] = report_creation "outbound",
  ["insights_v2.ListInboundPhoneNumbersReport"] = report_list "inbound",
  ["insights_v2.ListOutboundPhoneNumbersReport"] = report_list "outbound",
  ["taskrouter_v1.CreateWorker"] = worker "create",
  ["taskrouter_v1.FetchWorker"] = worker "fetch",
  ["taskrouter_v1.ListWorker"] = worker "readFull",
  ["taskrouter_v1.UpdateWorker"] = worker "update",
  ["webhooks_v1.DeleteRule"] = RULE,
  ["webhooks_v1.FetchRule"] = RULE,
  ["webhooks_v1.PatchRule"] = RULE,
}
