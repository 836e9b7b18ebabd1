--- The statuses of Twilio's resources, for record:wait_for: which ones end the progress of a
-- record.

local core = require "twilio.core"
core.keep(...)

local statuses = {}

-- ---- sets that several resources share: the statuses that change, and the terminal ones ----

local CALL = { "queued ringing in-progress", "completed busy failed no-answer canceled" }
local RECORDING = { "in-progress paused stopped processing", "completed absent" }
local TRANSCRIPTION = { "in-progress", "completed failed" }
local STREAM = { "in-progress", "stopped" }
local JOB = { "PENDING RUNNING", "COMPLETED FAILED CANCELLED" }
local ACTION = { "PENDING", "COMPLETED FAILED" }
local ANY_JOB = { "PENDING RUNNING", "COMPLETED FAILED CANCELLED", is_open = true }
local RECEIPT = { "sent", "delivered undelivered failed read" }
local COMMAND = { "queued sent", "delivered received failed" }
local CONVERSATION = { "initializing active inactive", "closed", field = "state" }
local RESERVATION = { "pending accepted wrapping", "rejected timeout canceled rescinded completed", field = "reservation_status" }
local EXECUTION = { "active", "ended" }
local BUILD = { "building", "completed failed" }
local VIDEO_RECORDING = { "processing", "completed failed deleted" }
local REVIEW = { "draft pending-review in-review", "twilio-approved twilio-rejected" }
local BUNDLE = { "draft pending-review in-review provisionally-approved", "twilio-approved twilio-rejected" }
local CHALLENGE = { "pending", "approved denied expired" }
local FACTOR = { "unverified", "verified" }
local HOSTED_NUMBER = {
  "twilio-processing received pending-verification verified pending-loa carrier-processing testing action-required", "completed failed",
}
local AUTHORIZATION = { "opened signing", "signed canceled failed" }

-- ---- the resources ----

-- Maps the names that lead to a resource to its statuses. `field` is the field that has the status,
-- if that is not `status`. With `is_open`, Twilio's documents do not list the statuses, so that a
-- program may wait for others.
local RESOURCES = {
  ["api.v2010.accounts.calls"] = CALL,
  ["api.v2010.accounts.calls.recordings"] = RECORDING,
  ["api.v2010.accounts.calls.siprec"] = STREAM,
  ["api.v2010.accounts.calls.streams"] = STREAM,
  ["api.v2010.accounts.calls.transcriptions"] = STREAM,
  ["api.v2010.accounts.conferences"] = { "init in-progress", "completed" },
  ["api.v2010.accounts.conferences.participants"] = { "queued connecting ringing connected", "complete failed" },
  ["api.v2010.accounts.conferences.recordings"] = RECORDING,
  ["api.v2010.accounts.messages"] = {
    "accepted scheduled queued sending sent receiving", "delivered undelivered failed canceled received read partially_delivered",
  },
  ["api.v2010.accounts.recordings"] = { RECORDING[1], RECORDING[2] .. " deleted" },
  ["api.v2010.accounts.recordings.add_on_results"] = { "init queued in-progress processing", "completed canceled failed deleted" },
  ["api.v2010.accounts.recordings.transcriptions"] = TRANSCRIPTION,
  ["api.v2010.accounts.transcriptions"] = TRANSCRIPTION,
  ["conversations.v1.conversations"] = CONVERSATION,
  ["conversations.v1.conversations.messages.delivery_receipts"] = RECEIPT,
  ["conversations.v1.services.conversations"] = CONVERSATION,
  ["conversations.v1.services.conversations.messages.delivery_receipts"] = RECEIPT,
  ["conversations.v2.actions"] = ACTION,
  ["conversations.v2.conversations"] = { "ACTIVE INACTIVE", "CLOSED" },
  ["conversations.v2.operations"] = ACTION,
  ["events.v1.sinks"] = { "initialized validating", "active failed" },
  ["flex_api.v1.interaction.channels"] = { "setup active inactive pause transfer", "closed failed" },
  ["flex_api.v1.interaction.channels.transfers"] = { "active", "completed failed" },
  ["insights.v2.reports"] = { "created running", "completed" },
  ["insights.v3.query_jobs"] = JOB,
  ["intelligence.v2.transcripts"] = { "new queued in-progress", "completed failed canceled error" },
  ["knowledge.v2.knowledge"] = { "SCHEDULED QUEUED PROCESSING", "COMPLETED FAILED" },
  ["knowledge.v2.operations"] = JOB,
  ["memory.v1.operations"] = JOB,
  ["messaging.v1.brand_registrations"] = { "PENDING IN_REVIEW DELETION_PENDING", "APPROVED FAILED SUSPENDED DELETION_FAILED" },
  ["messaging.v1.tollfree_verifications"] = { "PENDING_REVIEW IN_REVIEW", "TWILIO_APPROVED TWILIO_REJECTED" },
  ["messaging.v2.channels_senders"] = {
    "CREATING OFFLINE PENDING_VERIFICATION VERIFYING ONLINE:UPDATING TWILIO_REVIEW DRAFT STUBBED", "ONLINE",
  },
  ["numbers.v2.applications"] = {
    "DRAFT TWILIO_REVIEW PENDING_PAYMENT IN_PROVISIONING PENDING_CARRIER CORRECTIONS_NEEDED", "APPROVED PAYMENT_FAILED CANCELED ARCHIVED",
    field = "state",
  },
  ["numbers.v2.authorization_documents"] = AUTHORIZATION,
  ["numbers.v2.bulk_hosted_number_orders"] = { "QUEUED IN_PROGRESS", "PROCESSED", field = "request_status" },
  ["numbers.v2.hosted_number_orders"] = HOSTED_NUMBER,
  ["numbers.v2.regulatory_compliance.bundles"] = BUNDLE,
  ["numbers.v2.regulatory_compliance.supporting_documents"] = {
    "draft pending-review provisionally-approved", "approved rejected expired",
  },
  ["preview.hosted_numbers.authorization_documents"] = AUTHORIZATION,
  ["preview.hosted_numbers.hosted_number_orders"] = HOSTED_NUMBER,
  ["proxy.v1.services.sessions"] = { "open in-progress unknown", "closed failed" },
  ["serverless.v1.services.builds"] = BUILD,
  ["serverless.v1.services.builds.build_status"] = BUILD,
  ["studio.v1.flows.engagements"] = EXECUTION,
  ["studio.v1.flows.executions"] = EXECUTION,
  ["studio.v2.flows.executions"] = EXECUTION,
  ["supersim.v1.esim_profiles"] = { "new reserving available downloaded", "installed failed" },
  ["supersim.v1.ip_commands"] = { "queued sent", "received failed" },
  ["supersim.v1.sms_commands"] = COMMAND,
  ["taskrouter.v1.workspaces.tasks"] = { "pending reserved assigned wrapping", "completed canceled", field = "assignment_status" },
  ["taskrouter.v1.workspaces.tasks.reservations"] = RESERVATION,
  ["taskrouter.v1.workspaces.workers.reservations"] = RESERVATION,
  ["trusthub.v1.customer_profiles"] = REVIEW,
  ["trusthub.v1.supporting_documents"] = { "DRAFT PENDING_REVIEW PROVISIONALLY_APPROVED", "APPROVED REJECTED EXPIRED" },
  ["trusthub.v1.trust_products"] = REVIEW,
  ["verify.v2.services.entities.challenges"] = CHALLENGE,
  ["verify.v2.services.entities.factors"] = FACTOR,
  ["verify.v2.services.verifications"] = { "pending", "approved canceled max_attempts_reached deleted failed expired", is_open = true },
  ["video.v1.compositions"] = { "enqueued processing", "completed failed deleted" },
  ["video.v1.recordings"] = VIDEO_RECORDING,
  ["video.v1.rooms"] = { "in-progress", "completed failed" },
  ["video.v1.rooms.participants"] = { "connected reconnecting", "disconnected" },
  ["video.v1.rooms.recordings"] = VIDEO_RECORDING,
  ["video.v1.rooms.transcriptions"] = { "started", "stopped failed" },
  ["voice.v3.transcriptions"] = { "PENDING RUNNING", "COMPLETED FAILED" },
  ["webhooks.v1.operations"] = ANY_JOB,
  ["wireless.v1.commands"] = COMMAND,
}

-- A status that may follow a terminal one. A wait for `read` is not ended by `delivered`.
local FOLLOWS = { read = "delivered", deleted = "completed" }

local function add_words(set, words, value)
  for word in words:gmatch "%S+" do set[word] = value end
end

--- Returns what is known of the resource with this path, see core.path:
--   field     the name of the field that has the status
--   known     the set of its statuses, if Twilio's documents list them; otherwise nil
--   terminal  the set of statuses that end a wait for the statuses in the set `wanted`
function statuses.of(path, wanted)
  local row = RESOURCES[path]
  if not row then return { field = "status", terminal = {} } end
  local known, terminal = {}, {}
  add_words(known, row[1], true)
  add_words(known, row[2], true)
  add_words(terminal, row[2], true)
  for later, earlier in pairs(FOLLOWS) do
    if wanted[later] and terminal[later] then terminal[earlier] = nil end
  end
  return { field = row.field or "status", known = not row.is_open and known or nil, terminal = terminal }
end

--- The paths of all resources in this file, for specs.
function statuses.paths()
  local paths = {}
  for path in pairs(RESOURCES) do paths[#paths + 1] = path end
  table.sort(paths)
  return paths
end

return statuses
