--- What the pages of this site share: the client, users, webhooks and answers.
local twilio = require "twilio"

local common = {}

-- All requests of a worker share one client. It is created in init_by_lua_block (see nginx.conf),
-- before the workers are forked.
common.client = twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }

local PUBLIC_URL = os.getenv "TWILIO_PUBLIC_URL"

--- Returns the URL by which Twilio reaches a path of this site.
function common.url(path)
  return (PUBLIC_URL or "http://" .. ngx.var.http_host) .. path
end

-- ---- webhooks ----

-- The tokens of the webhooks that have come lie in a shared dictionary, which all workers use.
local duplicates = twilio.webhook.duplicates { dictionary = ngx.shared.webhooks }
local OPTIONS = { public_url = PUBLIC_URL, duplicates = duplicates }

--- Returns the event of the current request, and whether Twilio has sent it before. Any other request
-- than Twilio's is answered with 403, and the function does not return.
function common.webhook() return twilio.webhook.ngx(OPTIONS) end

--- Answers 500, so that Twilio sends the webhook again. The next attempt is not a duplicate.
function common.try_again(problem)
  duplicates:forget(ngx.var.http_i_twilio_idempotency_token)
  ngx.log(ngx.ERR, problem)
  return ngx.exit(500)
end

--- Answers with TwiML.
function common.respond(response)
  ngx.header.content_type = "text/xml"
  ngx.print(tostring(response))
end

-- ---- users ----

--- Returns the name of the user, or nil. A real site looks up its session here. This example reads the
-- name and a secret from a cookie, such as "session=alice:5ecret", and compares the secret with
-- SITE_SECRET.
function common.user()
  local user, secret = (ngx.var.cookie_session or ""):match "^([%w_]+):(.+)$"
  return secret and secret == os.getenv "SITE_SECRET" and user or nil
end

--- Answers with a text.
function common.answer(status, text)
  ngx.status = status
  ngx.header.content_type = "text/plain"
  ngx.say(text)
end

--- Returns a field of the posted form. nginx writes a body larger than client_body_buffer_size to a
-- file, and no field is found then.
function common.posted(name)
  ngx.req.read_body()
  local form = ngx.req.get_post_args()
  return form and form[name]
end

return common
