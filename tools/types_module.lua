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
---@field twiml twilio.twiml
---@field stream twilio.stream
---@field relay twilio.relay
---@field null lightuserdata JSON null, for parameters that are sent as JSON
---@field webhook twilio.Webhook
---@field testing twilio.Testing
---@field csv twilio.Csv
---@field journal twilio.Journals
---@field jwt twilio.Jwt
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

---@class (exact) twilio.MapOptions
---@field limit? number how many items run at once; default 10
---@field rate? number how many items are started per second, at most
---@field progress? fun(done: integer, total: integer?, failed: integer) called after each item; total is nil for an iterator
---@field stop_on? false|fun(failure: twilio.Failure): any true starts no further item; false never stops
---@field wait? fun(engine: twilio.Engine, seconds: number)
---@field [string] twilio.NoSuchName?

--- Calls f(item, index) for every item, several at a time. `items` is an array or an iterator. The options may be
--- the limit alone. The third result is the failure that ended the map early, if any.
---@param items any[]|fun(): any
---@param options number|twilio.MapOptions
---@param f fun(item: any, index: integer): any, any, any
---@return table<any, any>
---@return table<integer, twilio.Failure>?
---@return twilio.Failure?
function twilio.map(items, options, f) end

--- Calls all functions concurrently.
---@param functions table<any, fun(): any, any, any>
---@return table<any, any>
---@return table<any, twilio.Failure>?
---@return twilio.Failure?
function twilio.all(functions) end

--- The failures of twilio.map that have one cause.
---@class twilio.SummaryRow
---@field count integer how many items failed for this cause
---@field maybe integer how many of their requests Twilio may have carried out
---@field items any[] the indices or keys of the items
---@field message string the message of the first failure
---@field kind? string the kind of the errors; "raised" if the function of the item raised
---@field status? integer
---@field code? any Twilio's error code
---@field title? string the meaning of the code

--- Counts the failures of twilio.map by their causes, the most frequent cause first. tostring(rows) is a text with a
--- line for each row.
---@param failures? table<any, twilio.Failure>
---@return twilio.SummaryRow[]
function twilio.summary(failures) end

---@class (exact) twilio.SleepOptions
---@field wait? fun(engine: twilio.Engine, seconds: number)
---@field ready? fun(): any called every 10 ms; false ends the sleep
---@field cancel? twilio.Canceller
---@field [string] twilio.NoSuchName?

--- Sleeps while the other items of twilio.map and the other coroutines of the event loop go on. Returns nil, a message
--- and an error if the sleep ends early.
---@param seconds number
---@param options? twilio.SleepOptions
---@return true?
---@return string
---@return twilio.Error
function twilio.sleep(seconds, options) end

--- What one of Twilio's error codes means.
---@class twilio.Explanation
---@field code integer
---@field title string Twilio's short description
---@field product string
---@field level? "error"|"warning"
---@field url string address of Twilio's page about the code

--- Returns what an error code means, without a request; nil for an unknown code.
---@param code integer|string|twilio.Error|nil
---@return twilio.Explanation?
function twilio.explain(code) end

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

--- A text parameter. Numbers and booleans are sent as text.
---@alias twilio.Text string|number|boolean|twilio.Integer

--- A number parameter. Digits in a string are sent as they are.
---@alias twilio.Number number|string|twilio.Integer

--- A boolean parameter: true, false, "true" or "false".
---@alias twilio.Boolean boolean|string

--- Marks names that a table of parameters or options does not have. The library raises for these names.
---@class twilio.NoSuchName
---@field there_is_no_such_name true

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
---@field client_validation? twilio.ClientValidation a key that signs all requests
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
---@field transport? fun(request: twilio.TransportRequest): twilio.TransportResponse?, string?, twilio.TransportFailure?
---@field trace? fun(request: twilio.TransportRequest, response?: twilio.TransportResponse, message?: string, failure?: twilio.TransportFailure)
---@field log? fun(level: "info"|"warn", message: string, fields: twilio.LogFields)
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.ClientValidation
---@field key string RSA private key as PEM text, without a password
---@field credential_sid string SID of the public key at Twilio (CR…)
---@field [string] twilio.NoSuchName?

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
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.CallOptions: twilio.RequestOptions
---@field extra? table<string, any> parameters that are sent without a check
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.WaitOptions: twilio.RequestOptions
---@field timeout? number seconds to wait for the status; default 60
---@field interval? number seconds before the first fetch; default 1
---@field max_interval? number longest pause between two fetches in seconds; default 15
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.ListOptions: twilio.CallOptions
---@field limit? integer largest number of records
---@field prefetch? boolean true requests the next page early from the first page on, false never does
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.DownloadOptions: twilio.RequestOptions
---@field max_size? integer largest file in bytes
---@field progress? fun(done: integer, total?: integer) called with numbers of bytes
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.SaveOptions: twilio.DownloadOptions
---@field format? "mp3"|"wav" of a recording
---@field channels? 1|2 of a recording
---@field [string] twilio.NoSuchName?

---@alias twilio.Sink string|fun(bytes: string): any, any?

---@class twilio.Download
---@field size integer bytes
---@field path? string the file
---@field status integer
---@field attempts integer
---@field content_type? string
---@field etag? string
---@field headers table<string, string>

---@alias twilio.CsvSink string|fun(line: string): any

---@class (exact) twilio.CsvOptions: twilio.ListOptions
---@field columns? (string|twilio.CsvColumn)[] names of fields, or { header, field or function }
---@field progress? fun(done: integer) called after each page with the number of records
---@field safe? boolean true writes a ' before texts that a spreadsheet may run as formulas
---@field [string] twilio.NoSuchName?

--- The header, and the name of a field or a function that returns the value.
---@class twilio.CsvColumn
---@field [integer] string|fun(record: any): any

---@class (exact) twilio.ListParams
---@field limit? integer largest number of records
---@field prefetch? boolean true requests the next page early from the first page on, false never does
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.FetchParams
---@field if_none_match? string an ETag: a record with this ETag is not sent again
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.NoParams
---@field [string] twilio.NoSuchName?

-- Hooks

---@class twilio.Engine
---@field step fun(self: twilio.Engine)
---@field poll fun(self: twilio.Engine, seconds: number)
---@field pollfd fun(self: twilio.Engine): integer
---@field events fun(self: twilio.Engine): string
---@field timeout fun(self: twilio.Engine): number?
---@field flying fun(self: twilio.Engine): integer

---@class twilio.TransportRequest
---@field method string
---@field url string
---@field headers table<string, string>
---@field body? string
---@field timeout number
---@field attempt integer the number of this attempt of the call, from 1

---@class twilio.TransportResponse
---@field status integer
---@field headers? table<string, string>
---@field body? string

---@class twilio.TransportFailure
---@field kind? string default "network"; a transport may return network, timeout and tls
---@field sent? "no"|"maybe"|"yes" default "maybe"; a transport may return no and maybe

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
---@field cancel fun(self: twilio.Canceller)

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
---@field path? string the file, for the kind `file` and for rows of CSV
---@field reason? string the reason of the system, for the kind `file`
---@field line? integer the line, for rows of CSV
---@field record? twilio.Record the record as it was fetched last, for wait_for

---@class twilio.Meta
---@field status integer
---@field request_id? string
---@field attempts integer
---@field etag? string
---@field headers table<string, string> names in lower case
---@field seconds? number that the last attempt took
---@field concurrent_requests? integer
---@field operation? twilio.PendingOperation

---@class twilio.PendingOperation
---@field id string
---@field url string
---@field retry_after? integer seconds to wait before the operation is fetched

---@class twilio.Record
---@field time fun(self: twilio.Record, name: string): integer?
---@field each fun(self: twilio.Record): fun(): string, any
---@field to_table fun(self: twilio.Record): table<string, any>
---@field json fun(self: twilio.Record): string
---@field meta fun(self: twilio.Record): twilio.Meta
---@field wait_for fun(self: twilio.Record, status: string|string[], options?: twilio.WaitOptions): twilio.Record?, string?, twilio.Error?
---@field operation fun(self: twilio.Record, options?: twilio.CallOptions): twilio.Record?, string?, twilio.Error?
---@field save fun(self: twilio.Record, sink: twilio.Sink, options?: twilio.SaveOptions): twilio.Download?, string, twilio.Error

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
---@field close fun(self: twilio.Iterator)

-- CSV

---@class twilio.Journals
---@field open fun(path: string): twilio.Journal?, string?, twilio.Error?

---@class twilio.Journal
---@field get fun(self: twilio.Journal, key: string): table?
---@field put fun(self: twilio.Journal, key: string, value: table): true?, string?, twilio.Error?
---@field each fun(self: twilio.Journal): fun(): string?, table?
---@field close fun(self: twilio.Journal)

---@alias twilio.CsvSource string|fun(): string?

---@class twilio.Csv
---@field rows fun(source: twilio.CsvSource, options?: twilio.CsvReadOptions): twilio.CsvRows
---@field parse fun(text: string, options?: twilio.CsvReadOptions): twilio.CsvRows

---@class (exact) twilio.CsvReadOptions
---@field max_row? integer largest number of bytes in a row; default 16777216
---@field [string] twilio.NoSuchName?

---@class twilio.CsvRows
---@overload fun(): table<string, string>?
---@field error? twilio.Error the error that the iterator raised
---@field header? string[] the names of the columns, once the first row was read
---@field line integer the number of the current line
---@field close fun(self: twilio.CsvRows)

---@class (exact) twilio.RawRequest
---@field method? "GET"|"POST"|"PUT"|"PATCH"|"DELETE"
---@field url? string
---@field product? string
---@field path? string
---@field query? table<string, any>|string
---@field form? table<string, any>|string
---@field json? twilio.JSON
---@field body? string|twilio.BodyFile
---@field content_type? string of body
---@field multipart? twilio.Part[]
---@field headers? table<string, string>
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.BodyFile
---@field path string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.Part
---@field name string
---@field data? string
---@field path? string the file to send, in place of data
---@field filename? string
---@field content_type? string
---@field [string] twilio.NoSuchName?

---@class twilio.RawAnswer
---@field status integer
---@field headers table<string, string>
---@field body string
---@field json? any

-- Webhooks

---@class twilio.Webhook
---@field verify fun(request: twilio.WebhookRequest): boolean, string?
---@field valid fun(auth_token: string|string[], signature: string?, url: string, rest: table<string, string|string[]>|string?): boolean, string?
---@field parse fun(body: string?, content_type: string?): twilio.WebhookEvent?, string?
---@field masked fun(event: twilio.WebhookEvent): table<string, string>
---@field handler fun(options: twilio.WebhookOptions): twilio.WebhookHandler
---@field ngx fun(options: twilio.WebhookOptions): twilio.WebhookEvent, boolean
---@field duplicates fun(options?: twilio.WebhookDuplicatesOptions): twilio.WebhookDuplicates
---@field url fun(url: string, overrides: twilio.WebhookOverrides): string

---@alias twilio.WebhookHandler fun(request: twilio.WebhookMessage): twilio.WebhookEvent?, boolean|integer, table<string, string>?, string?

---@class (exact) twilio.WebhookRequest
---@field auth_token? string|string[]
---@field keys? table<string, string|string[]>
---@field url string
---@field headers? table|fun(name: string): string?
---@field signature? string
---@field content_type? string
---@field body? string
---@field params? table<string, string|string[]|boolean>
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.WebhookOptions
---@field auth_token? string|string[]
---@field keys? table<string, string|string[]>
---@field public_url? string
---@field trust? string[]
---@field max_body? integer
---@field duplicates? twilio.WebhookDuplicates
---@field log? fun(level: string, message: string, fields: table)
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.WebhookMessage
---@field method string
---@field url string
---@field headers table|fun(name: string): string?
---@field body? string|fun(limit: integer): string?
---@field scheme? string
---@field remote_addr? string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.WebhookDuplicatesOptions
---@field size? integer
---@field ttl? number seconds
---@field dictionary? table a shared dictionary of nginx
---@field [string] twilio.NoSuchName?

---@class twilio.WebhookDuplicates
---@field seen fun(self: twilio.WebhookDuplicates, token: string?): boolean
---@field forget fun(self: twilio.WebhookDuplicates, token: string?)

---@class (exact) twilio.WebhookOverrides
---@field connect_timeout? integer milliseconds
---@field read_timeout? integer milliseconds
---@field total_timeout? integer milliseconds
---@field retries? integer
---@field retry_on? string|string[]
---@field sni? boolean
---@field edges? string|string[]
---@field ct? integer
---@field rt? integer
---@field tt? integer
---@field rc? integer
---@field rp? string|string[]
---@field e? string|string[]
---@field [string] twilio.NoSuchName?

---@class twilio.webhook.Event
---@field media twilio.WebhookMedia[]
---@field events? twilio.WebhookEvent[]

---@class twilio.WebhookMedia
---@field url string
---@field content_type? string

-- Tests of programs

---@class twilio.Testing
---@field new fun(options?: twilio.FakeOptions): twilio.Fake
---@field record fun(path: string, options?: twilio.RecordOptions): twilio.Recording
---@field replay fun(path: string, options?: twilio.FakeOptions): twilio.Fake
---@field webhook fun(request: twilio.TestWebhook): twilio.TestWebhookRequest
---@field sid fun(prefix: string, number: integer): string
---@field any table a value in the params of a rule: any value that the request has
---@field absent table a value in the params of a rule: the request does not have the parameter

---@class (exact) twilio.FakeOptions
---@field in_order? boolean true if expected requests must come in the order of their expectations
---@field now? number time of the dates in records, in seconds since the epoch
---@field [string] twilio.NoSuchName?

---@alias twilio.FakeReply table|twilio.Record|twilio.FakeAnswer|fun(request: twilio.FakeRequest): any

--- Method, path and reply may be the elements 1 to 3.
---@class twilio.FakeRule
---@field method? string
---@field path? string such as "Calls/*" or "verify/v2/Services"
---@field reply? twilio.FakeReply an answer, or an array of answers
---@field params? table<string, any>|fun(params: table<string, any>): boolean?
---@field exact? boolean true if the request must have no other parameters
---@field times? integer|number[] how often the request must come: a number, or the least and the most

--- What fake:fail, fake:list, fake:fault and fake:response return.
---@class twilio.FakeAnswer

---@class twilio.FakeRequest
---@field method string
---@field url string
---@field product? string
---@field path string
---@field params table<string, any> the parameters of query and body
---@field headers table<string, string>
---@field body? string
---@field json? any
---@field attempt integer

---@class twilio.Fake
---@field account_sid string the account of the clients without other credentials
---@field now number
---@field client fun(self: twilio.Fake, options?: twilio.ClientOptions): twilio.Client
---@field on fun(self: twilio.Fake, rule: string|twilio.FakeRule, path?: string, reply?: twilio.FakeReply)
---@field expect fun(self: twilio.Fake, rule: string|twilio.FakeRule, path?: string, reply?: twilio.FakeReply)
---@field requests fun(self: twilio.Fake, method?: string, path?: string, params?: table<string, any>): twilio.FakeRequest[]
---@field verify fun(self: twilio.Fake)
---@field record fun(self: twilio.Fake, resource: string|table, fields?: table<string, any>): twilio.Record
---@field list fun(self: twilio.Fake, records: any[], options?: twilio.FakeListOptions): twilio.FakeAnswer
---@field fail fun(self: twilio.Fake, status: integer, code?: integer, options?: twilio.FakeFailOptions): twilio.FakeAnswer
---@field fault fun(self: twilio.Fake, name: "timeout"|"connect_timeout"|"reset"|"refused"|"unresolved"|"tls"): twilio.FakeAnswer
---@field response fun(self: twilio.Fake, response: twilio.FakeResponse): twilio.FakeAnswer
---@field install fun(self: twilio.Fake)
---@field uninstall fun(self: twilio.Fake)

---@class (exact) twilio.FakeListOptions
---@field page_size? integer default the PageSize of the request, or 50
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.FakeFailOptions
---@field message? string default the title of the code
---@field retry_after? integer seconds
---@field details? table
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.FakeResponse
---@field status? integer default 200
---@field headers? table<string, string>
---@field body? string
---@field json? any a value in place of the body
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.RecordOptions
---@field keep? string[] names of parameters and fields whose texts are not masked
---@field [string] twilio.NoSuchName?

---@class twilio.Recording
---@field trace fun(request: twilio.TransportRequest, response?: twilio.TransportResponse, message?: string, failure?: twilio.TransportFailure)
---@field save fun(self: twilio.Recording): integer?, string?, twilio.Error?

--- The element 1 may be "voice", "message", "call_status", "message_status", or the name of a webhook
--- with a form, such as "recording.status".
---@class twilio.TestWebhook
---@field url string
---@field params? table<string, any>
---@field custom? table<string, any>
---@field body? string|table
---@field auth_token? string
---@field method? string
---@field headers? table<string, string>

---@class twilio.TestWebhookRequest
---@field method string
---@field url string
---@field headers table<string, string>
---@field body string

-- Tokens

---@class (exact) twilio.VoiceGrant
---@field incoming_allow? boolean
---@field outgoing_application_sid? string
---@field outgoing_application_params? table<string, any>
---@field push_credential_sid? string
---@field endpoint_id? string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.VideoGrant
---@field room? string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.ChatGrant
---@field service_sid? string
---@field endpoint_id? string
---@field deployment_role_sid? string
---@field push_credential_sid? string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.SyncGrant
---@field service_sid? string
---@field endpoint_id? string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.TaskRouterGrant
---@field workspace_sid? string
---@field worker_sid? string
---@field role? string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.Grants
---@field voice? twilio.VoiceGrant
---@field video? twilio.VideoGrant
---@field chat? twilio.ChatGrant
---@field sync? twilio.SyncGrant
---@field task_router? twilio.TaskRouterGrant
---@field playback? table the field `grant` of a PlaybackGrant
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.AccessTokenOptions
---@field identity? string|integer required for voice, video, chat and sync
---@field ttl? integer seconds until the token expires; default 3600, at most 86400
---@field nbf? integer time in seconds from which the token is valid
---@field region? string region of the API key
---@field grants? twilio.Grants
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.AccessToken: twilio.AccessTokenOptions
---@field account_sid string
---@field api_key string
---@field api_secret string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.OutgoingScope
---@field application_sid string
---@field params? table<string, string|number|boolean>
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.ClientCapabilityOptions
---@field ttl? integer seconds until the token expires; default 3600, at most 86400
---@field incoming? string name of the client that may receive calls
---@field outgoing? twilio.OutgoingScope
---@field events? table<string, string|number|boolean> filters
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.ClientCapability: twilio.ClientCapabilityOptions
---@field account_sid string
---@field auth_token string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.Policy
---@field url string
---@field method string
---@field allow? boolean default true
---@field query_filter? table<string, any>
---@field post_filter? table<string, any>
---@field [string] twilio.NoSuchName?

---@alias twilio.Allowed "fetch_subresources"|"update"|"update_subresources"|"delete"|"delete_subresources"|"update_activities"|"update_reservations"

---@class (exact) twilio.TaskRouterCapabilityOptions
---@field ttl? integer seconds until the token expires; default 3600, at most 86400
---@field workspace_sid string
---@field worker_sid? string
---@field task_queue_sid? string
---@field allow? twilio.Allowed[]
---@field policies? twilio.Policy[]
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.TaskRouterCapability: twilio.TaskRouterCapabilityOptions
---@field account_sid string
---@field auth_token string
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.VerifyOptions
---@field leeway? number seconds by which the clocks may differ; default 0
---@field [string] twilio.NoSuchName?

---@class twilio.Jwt
---@field access_token fun(options: twilio.AccessToken): string
---@field client_capability fun(options: twilio.ClientCapability): string
---@field task_router_capability fun(options: twilio.TaskRouterCapability): string
---@field verify fun(token: any, secret: string, options?: twilio.VerifyOptions): table<string, any>?, string?

---@class twilio.ClientJwt
---@field access_token fun(options: twilio.AccessTokenOptions): string
---@field client_capability fun(options: twilio.ClientCapabilityOptions): string
---@field task_router_capability fun(options: twilio.TaskRouterCapabilityOptions): string
---@field verify fun(token: any, options?: twilio.VerifyOptions): table<string, any>?, string?

-- Messages on WebSockets

---@class twilio.MediaFormat
---@field encoding string
---@field sample_rate integer
---@field channels integer

--- A message of Media Streams. The event decides which fields are present.
---@class twilio.StreamMessage
---@field event "connected"|"start"|"media"|"dtmf"|"mark"|"stop"|string
---@field stream_sid? string
---@field sequence_number? integer
---@field protocol? string
---@field version? string
---@field account_sid? string
---@field call_sid? string
---@field tracks? string[]
---@field media_format? twilio.MediaFormat
---@field custom_parameters? table<string, any>
---@field track? string
---@field chunk? integer
---@field timestamp? integer milliseconds since the start of the stream
---@field payload? string base64
---@field audio? string mu-law bytes
---@field digit? string
---@field name? string

---@class twilio.stream
---@field parse fun(text: string): twilio.StreamMessage?, string
---@field media fun(stream_sid: string, audio: string): string
---@field mark fun(stream_sid: string, name: string): string
---@field clear fun(stream_sid: string): string
---@field decode fun(audio: string): string
---@field encode fun(samples: string): string

--- A message of ConversationRelay. The type decides which fields are present.
---@class twilio.RelayMessage
---@field type "setup"|"prompt"|"dtmf"|"interrupt"|"error"|"info"|string
---@field session_id? string
---@field call_sid? string
---@field account_sid? string
---@field parent_call_sid? string
---@field from? string
---@field to? string
---@field forwarded_from? string
---@field caller_name? string
---@field direction? string
---@field call_type? string
---@field call_status? string
---@field custom_parameters? table<string, any>
---@field voice_prompt? string
---@field lang? string
---@field last? boolean
---@field digit? string
---@field utterance_until_interrupt? string
---@field duration_until_interrupt_ms? integer
---@field description? string

---@class (exact) twilio.RelayText
---@field last? boolean false if more tokens of the text follow; default true
---@field lang? string
---@field interruptible? boolean
---@field preemptible? boolean
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.RelayPlay
---@field loop? integer
---@field interruptible? boolean
---@field preemptible? boolean
---@field [string] twilio.NoSuchName?

---@class (exact) twilio.RelayLanguages
---@field tts_language? string
---@field transcription_language? string
---@field [string] twilio.NoSuchName?

---@class twilio.relay
---@field parse fun(text: string): twilio.RelayMessage?, string
---@field text fun(token: string, options?: twilio.RelayText): string
---@field play fun(source: string, options?: twilio.RelayPlay): string
---@field send_digits fun(digits: string): string
---@field language fun(languages: twilio.RelayLanguages): string
---@field end_ fun(handoff_data?: string|table): string


-- The client

---@class twilio.Client
---@field account_sid? string
---@field jwt twilio.ClientJwt
---@field account fun(self: twilio.Client, sid: string): twilio.Client
---@field close fun(self: twilio.Client)
---@field download fun(self: twilio.Client, url: string, sink: twilio.Sink, options?: twilio.DownloadOptions): twilio.Download?, string, twilio.Error
---@field request fun(self: twilio.Client, request: twilio.RawRequest, options?: twilio.RequestOptions): twilio.RawAnswer?, string, twilio.Error
-- (the accessors of the client)

return twilio
