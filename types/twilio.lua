---@meta twilio
-- The types of the module. tools/generate.lua makes this file from tools/types_module.lua and adds the
-- accessors of the client.

---@class twilio
---@field VERSION string
---@field QUEUED "queued"
---@field RINGING "ringing"
---@field IN_PROGRESS "in-progress"
---@field COMPLETED "completed"
---@field FAILED "failed"
---@field BUSY "busy"
---@field NO_ANSWER "no-answer"
---@field CANCELED "canceled"
---@field GET "GET"
---@field POST "POST"
---@field null lightuserdata JSON null, for parameters that are sent as JSON
local twilio = {}

--- Creates a client. Raises for unknown options and missing credentials.
---@param options? twilio.ClientOptions
---@return twilio.Client
function twilio.client(options) end

--- Creates a canceller for the option `cancel`. canceller:cancel() ends all calls with this canceller.
---@return twilio.Canceller
function twilio.canceller() end

--- The failure of an item of twilio.map or twilio.all. The function of the item returned nil, a message
--- and an error, or it raised.
---@class twilio.Failure
---@field message string
---@field err? twilio.Error
---@field raised? any
---@field traceback? string

--- Calls f(item, index) for every item, at most `limit` at a time. `items` is an array or an iterator.
---@param items any[]|fun(): any
---@param limit number
---@param f fun(item: any, index: integer): any
---@return table<any, any>
---@return table<integer, twilio.Failure>?
function twilio.map(items, limit, f) end

--- Calls all functions concurrently.
---@param functions table<any, fun(): any>
---@return table<any, any>
---@return table<any, twilio.Failure>?
function twilio.all(functions) end

--- Marks a table as a JSON array, so that an empty table is sent as []. Creates a table by default.
---@generic T: table
---@param t? T
---@return T
function twilio.array(t) end

--- Converts digits to a whole number of any size. Returns a number if it can represent them exactly.
---@param digits string
---@return number|twilio.Integer
function twilio.integer(digits) end

-- Values

---@alias twilio.Date string|number|osdate|twilio.DateTable

---@alias twilio.JSON table|string|number|boolean|lightuserdata|twilio.Integer

--- A whole number that no Lua number can represent exactly. tostring returns the digits. Arithmetic
--- returns floats.
---@class twilio.Integer

---@class twilio.DateTable
---@field year integer
---@field month integer
---@field day integer
---@field hour? integer
---@field min? integer
---@field sec? integer

-- Options

---@class (exact) twilio.ClientOptions
---@field account_sid? string
---@field auth_token? string
---@field api_key? string
---@field api_secret? string
---@field client_id? string OAuth client ID
---@field client_secret? string OAuth client secret
---@field bearer_token? string OAuth access token that the program obtained itself
---@field region? string
---@field edge? string
---@field base_url? string URL that replaces https://<product>.twilio.com in all requests
---@field timeout? number seconds for an attempt, until the response is complete; default 30
---@field connect_timeout? number seconds of the timeout for connecting; default 5
---@field low_speed_time? integer an attempt fails if it is slower than low_speed_limit for so many seconds
---@field low_speed_limit? integer bytes per second; default 1
---@field allow_http? boolean allows an http:// base_url on another machine
---@field max_response? integer largest response body in bytes, decompressed; default 33554432
---@field proxy? string|false URL of a proxy; false ignores the proxy of the environment too
---@field ca_file? string
---@field user_agent? string appended to the User-Agent of the library
---@field retries? integer largest number of retries; default 3
---@field max_retry_wait? number longest pause before a retry in seconds; default 30
---@field deadline? number seconds for a call with all attempts and pauses
---@field wait? fun(engine: twilio.Engine, seconds: number)
---@field ready? fun(): any called every 10 ms while a call waits; false cancels the call
---@field grace? number seconds to wait, after `ready` returned false, for a request that may have reached Twilio
---@field transport? fun(request: twilio.TransportRequest): twilio.TransportResponse?, string?
---@field log? fun(level: "info"|"warn", message: string, fields: twilio.LogFields)

---@class (exact) twilio.RequestOptions
---@field timeout? number seconds for an attempt, until the response is complete
---@field connect_timeout? number seconds of the timeout for connecting
---@field wait? fun(engine: twilio.Engine, seconds: number)
---@field ready? fun(): any called every 10 ms while a call waits; false cancels the call
---@field grace? number seconds to wait, after `ready` returned false, for a request that may have reached Twilio
---@field cancel? twilio.Canceller
---@field deadline? number seconds for the call with all attempts and pauses; for a list, for each page
---@field max_retry_wait? number longest pause before a retry in seconds
---@field retries? integer largest number of retries
---@field low_speed_time? integer an attempt fails if it is slower than low_speed_limit for so many seconds
---@field low_speed_limit? integer bytes per second
---@field repeatable? boolean true allows retries: the program states that sending the request twice is harmless

---@class (exact) twilio.CallOptions: twilio.RequestOptions
---@field extra? table<string, any> parameters that are sent without a check

---@class (exact) twilio.ListOptions: twilio.CallOptions
---@field limit? integer largest number of records
---@field prefetch? boolean true requests the next page early from the first page on, false never does

---@class (exact) twilio.ListParams
---@field limit? integer largest number of records
---@field prefetch? boolean true requests the next page early from the first page on, false never does

---@class (exact) twilio.NoParams

-- Hooks

---@class twilio.Engine
---@field step fun(self)
---@field poll fun(self, seconds: number)
---@field pollfd fun(self): integer
---@field events fun(self): string
---@field timeout fun(self): number?
---@field flying fun(self): integer

---@class twilio.TransportRequest
---@field method string
---@field url string
---@field headers table<string, string>
---@field body? string
---@field timeout number

---@class twilio.TransportResponse
---@field status integer
---@field headers? table<string, string>
---@field body? string

---@class twilio.Timings
---@field name_lookup? number
---@field connect? number
---@field tls? number
---@field first_byte? number
---@field total number

---@class twilio.LogFields
---@field method string
---@field path string
---@field body? string
---@field status? integer
---@field seconds number
---@field timings? twilio.Timings
---@field attempts integer
---@field request_id? string
---@field reason? string
---@field retry_in? number

---@class twilio.Canceller
---@field cancelled boolean
---@field cancel fun(self)

-- Results

---@class twilio.Error
---@field kind "api"|"network"|"timeout"|"tls"|"decode"|"too_large"|"untrusted"|"cancelled"|"host"|"file"
---@field message string
---@field method string
---@field url string
---@field sent "no"|"maybe"|"yes" for the whole call. no: Twilio cannot have executed it. yes: the last attempt got a response. Otherwise maybe.
---@field attempts integer
---@field status? integer
---@field code? any
---@field more_info? string
---@field details? any
---@field request_id? string
---@field retry_after? integer
---@field timings? twilio.Timings
---@field body? string
---@field location? string URL of a redirect that was not followed

---@class twilio.Meta
---@field status integer
---@field request_id? string
---@field attempts integer
---@field concurrent_requests? integer
---@field operation? twilio.PendingOperation

---@class twilio.PendingOperation
---@field id string
---@field url string
---@field retry_after? integer seconds to wait before the operation is fetched

---@class twilio.Record
---@field time fun(self, name: string): integer?
---@field each fun(self): fun(): string, any
---@field to_table fun(self): table<string, any>
---@field json fun(self): string
---@field meta fun(self): twilio.Meta
---@field operation fun(self, options?: twilio.CallOptions): twilio.Record?, string?, twilio.Error?

---@class twilio.Formats
---@field wav string
---@field mp3 string

---@class twilio.Page
---@field key? string
---@field page? integer
---@field page_size? integer
---@field start? integer
---@field uri? string
---@field first_page_uri? string
---@field next_page_uri? string
---@field previous_page_uri? string
---@field url? string
---@field first_page_url? string
---@field next_page_url? string
---@field previous_page_url? string

---@class twilio.Iterator
---@field error? twilio.Error the error that the iterator raised
---@field close fun(self)

---@class (exact) twilio.RawRequest
---@field method? "GET"|"POST"|"PUT"|"PATCH"|"DELETE"
---@field url? string
---@field product? string
---@field path? string
---@field query? table<string, any>|string
---@field form? table<string, any>|string
---@field json? twilio.JSON
---@field headers? table<string, string>

---@class twilio.RawAnswer
---@field status integer
---@field headers table<string, string>
---@field body string
---@field json? any

-- The client

---@class twilio.Client
---@field account_sid? string
---@field account fun(self, sid: string): twilio.Client
---@field close fun(self)
---@field request fun(self, request: twilio.RawRequest, options?: twilio.RequestOptions): twilio.RawAnswer?, string, twilio.Error
---@field accounts twilio.accounts
---@field assistants twilio.assistants
---@field bulkexports twilio.bulkexports
---@field chat twilio.chat
---@field comms twilio.comms
---@field content twilio.content
---@field conversations twilio.conversations
---@field events twilio.events
---@field flex_api twilio.flex_api
---@field frontline_api twilio.frontline_api
---@field iam twilio.iam
---@field insights twilio.insights
---@field intelligence twilio.intelligence
---@field ip_messaging twilio.ip_messaging
---@field knowledge twilio.knowledge
---@field lookups twilio.lookups
---@field marketplace twilio.marketplace
---@field memory twilio.memory
---@field messaging twilio.messaging
---@field monitor twilio.monitor
---@field notify twilio.notify
---@field numbers twilio.numbers
---@field oauth twilio.oauth
---@field preview twilio.preview
---@field preview_iam twilio.preview_iam
---@field pricing twilio.pricing
---@field proxy twilio.proxy
---@field routes twilio.routes
---@field serverless twilio.serverless
---@field studio twilio.studio
---@field supersim twilio.supersim
---@field sync twilio.sync
---@field taskrouter twilio.taskrouter
---@field trunking twilio.trunking
---@field trusthub twilio.trusthub
---@field verify twilio.verify
---@field video twilio.video
---@field voice twilio.voice
---@field webhooks twilio.webhooks
---@field wireless twilio.wireless
---@field api twilio.api
---@field v2010 twilio.api.v2010
---@field addresses twilio.api.v2010.accounts.addresses
---@field applications twilio.api.v2010.accounts.applications
---@field authorized_connect_apps twilio.api.v2010.accounts.authorized_connect_apps
---@field available_phone_numbers twilio.api.v2010.accounts.available_phone_numbers
---@field balance twilio.api.v2010.accounts.balance
---@field caller_ids twilio.api.v2010.accounts.outgoing_caller_ids
---@field calls twilio.api.v2010.accounts.calls
---@field conferences twilio.api.v2010.accounts.conferences
---@field connect_apps twilio.api.v2010.accounts.connect_apps
---@field incoming_phone_numbers twilio.api.v2010.accounts.incoming_phone_numbers
---@field keys twilio.api.v2010.accounts.keys
---@field messages twilio.api.v2010.accounts.messages
---@field new_keys twilio.api.v2010.accounts.new_keys
---@field new_signing_keys twilio.api.v2010.accounts.new_signing_keys
---@field notifications twilio.api.v2010.accounts.notifications
---@field outgoing_caller_ids twilio.api.v2010.accounts.outgoing_caller_ids
---@field phone_numbers twilio.api.v2010.accounts.incoming_phone_numbers
---@field queues twilio.api.v2010.accounts.queues
---@field recordings twilio.api.v2010.accounts.recordings
---@field sandbox twilio.api.v2010.accounts.sandboxes
---@field sandboxes twilio.api.v2010.accounts.sandboxes
---@field short_codes twilio.api.v2010.accounts.short_codes
---@field signing_keys twilio.api.v2010.accounts.signing_keys
---@field sip twilio.api.v2010.accounts.sip
---@field sms_messages twilio.api.v2010.accounts.sms_messages
---@field tokens twilio.api.v2010.accounts.tokens
---@field transcriptions twilio.api.v2010.accounts.transcriptions
---@field usage twilio.api.v2010.accounts.usage
---@field validation_requests twilio.api.v2010.accounts.validation_requests

return twilio
