--- A real browser for specs: chromium, driven by chromedriver over the JSON protocol of WebDriver, with curl.
--
--   if browser.there() then … browser.open(width, height) … end
--   page:go(url)  page:click "#dial"  page:text "#transcript"  page:close()
--
-- The functions that look at the page wait until it shows what is wanted, and raise an error with what it shows
-- otherwise.
local cjson = require "cjson"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local browser = {}
local Page = {}
Page.__index = Page

local ELEMENT = "element-6066-11e4-a52e-4f735466cecf" -- the name that WebDriver gives to references of elements
local NOTHING = { unused = true } -- WebDriver wants an object; cjson of an empty table may be an array
browser.KEYS = { enter = "\238\128\135", tab = "\238\128\132", escape = "\238\128\140", right = "\238\128\148" }
local FLAGS = { "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1" }

--- Returns whether both programs are there.
function browser.there()
  return shell.has "chromedriver" and (shell.has "chromium" or shell.has "chromium-browser" or shell.has "google-chrome")
end

local function send(url, method, path, body)
  local answer, problem = servers.curl {
    method = method, url = url .. path, headers = { "Content-Type: application/json" }, body = body and cjson.encode(body),
  }
  if not answer then error("chromedriver: " .. problem, 0) end
  local value = cjson.decode(answer.body).value
  if answer.status ~= 200 then error(("chromedriver: %s %s: %s"):format(method, path, value.message), 0) end
  return value
end

-- Starts chromedriver, which chooses its port. Reading from the pipe waits for the line with the port.
local function start_driver()
  local pipe = assert(io.popen("echo $$; exec chromedriver --port=0 2>&1", "r"))
  local process = pipe:read "*l"
  for line in pipe:lines() do
    local port = line:match "started successfully on port (%d+)"
    if port then return pipe, process, "http://127.0.0.1:" .. port end
  end
  error "chromedriver did not start"
end

--- Opens a window.
-- @param theme "light" or "dark": what the system prefers
function browser.open(width, height, theme)
  local pipe, process, url = start_driver()
  local arguments = { ("--window-size=%d,%d"):format(width, height) }
  for _, flag in ipairs(FLAGS) do arguments[#arguments + 1] = flag end
  local self = setmetatable({ pipe = pipe, process = process, driver = url }, Page)
  local made = send(url, "POST", "/session", { capabilities = { alwaysMatch = {
    browserName = "chrome", ["goog:chromeOptions"] = { args = arguments }, ["goog:loggingPrefs"] = { browser = "ALL" },
  } } })
  self.session = "/session/" .. made.sessionId
  self:resize(width, height)
  self:prefer(theme or "light")
  return self
end

function Page:send(method, path, body)
  return send(self.driver, method, self.session .. path, body)
end

--- Closes the window and ends both programs.
function Page:close()
  self:send("DELETE", "")
  shell.run("kill " .. self.process)
  self.pipe:close()
end

local function devtools(self, command, parameters)
  return self:send("POST", "/goog/cdp/execute", { cmd = command, params = parameters })
end

--- Sets the size of the page, which may be narrower than a window can be.
function Page:resize(width, height)
  devtools(self, "Emulation.setDeviceMetricsOverride", { width = width, height = height, deviceScaleFactor = 1, mobile = false })
end

--- Sets the theme that the system prefers: "light" or "dark".
function Page:prefer(theme)
  devtools(self, "Emulation.setEmulatedMedia", { features = { { name = "prefers-color-scheme", value = theme } } })
end

function Page:go(url)
  self:send("POST", "/url", { url = url })
end

--- Opens a page, and runs JavaScript before the scripts of the page.
function Page:go_after(script, url)
  local added = devtools(self, "Page.addScriptToEvaluateOnNewDocument", { source = script })
  self:go(url)
  devtools(self, "Page.removeScriptToEvaluateOnNewDocument", { identifier = added.identifier })
end

--- Runs JavaScript: the body of a function. Returns what it returns.
function Page:run(script, ...)
  local arguments = { ... }
  return self:send("POST", "/execute/sync", { script = script, args = #arguments > 0 and arguments or { "" } })
end

--- Waits until an expression of JavaScript is true.
-- @param what what the error says if it does not become true
function Page:wait(expression, what)
  local fine = self:send("POST", "/execute/async", { args = { "" }, script = [[
    const done = arguments[arguments.length - 1], ends = Date.now() + 20000;
    (function look() {
      let holds = false;
      try { holds = Boolean(]] .. expression .. [[); } catch {}
      if (holds || Date.now() > ends) done(holds); else setTimeout(look, 20);
    })();]] })
  if not fine then
    error(("the page does not become so: %s\nThe page shows:\n%s"):format(what or expression, self:text "body"), 2)
  end
end

local function literal(text)
  return cjson.encode(text):gsub("\\/", "/")
end

--- Returns the text that an element shows.
function Page:text(selector)
  return self:run("return document.querySelector(arguments[0]).innerText", selector)
end

--- Waits until an element shows a text.
function Page:shows(selector, text)
  local expression = (
    "[...document.querySelectorAll(%s)].some((node) => (node.innerText ?? node.textContent).includes(%s))"
  ):format(literal(selector), literal(text))
  self:wait(expression, ("%s shows %q"):format(selector, text))
end

local function find(self, selector)
  self:wait(("document.querySelector(%s)?.getClientRects().length"):format(literal(selector)), selector .. " is there")
  return self:send("POST", "/element", { using = "css selector", value = selector })[ELEMENT]
end

function Page:click(selector)
  local element = find(self, selector)
  self:wait(("!document.querySelector(%s).disabled"):format(literal(selector)), selector .. " is enabled")
  self:send("POST", "/element/" .. element .. "/click", NOTHING)
end

--- Replaces the text of an input.
function Page:fill(selector, text)
  local element = find(self, selector)
  self:send("POST", "/element/" .. element .. "/clear", NOTHING)
  self:send("POST", "/element/" .. element .. "/value", { text = text })
end

--- Presses keys, one after the other, on whatever has the focus.
-- @param ... texts, or values of browser.KEYS
function Page:keys(...)
  local actions = {}
  for _, text in ipairs { ... } do
    for character in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do
      actions[#actions + 1] = { type = "keyDown", value = character }
      actions[#actions + 1] = { type = "keyUp", value = character }
    end
  end
  self:send("POST", "/actions", { actions = { { type = "key", id = "keyboard", actions = actions } } })
end

--- Returns what the browser has complained about: errors of scripts, refusals of the policy, missing files.
function Page:complaints()
  local list = {}
  for index, entry in ipairs(self:send("POST", "/se/log", { type = "browser" })) do list[index] = entry.message end
  return list
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function from_base64(text)
  local bytes, value, bits = {}, 0, 0
  for character in text:gmatch "[%w+/]" do
    value, bits = value * 64 + DIGITS:find(character, 1, true) - 1, bits + 6
    if bits >= 8 then
      bits = bits - 8
      bytes[#bytes + 1] = string.char(math.floor(value / 2 ^ bits))
      value = value % 2 ^ bits
    end
  end
  return table.concat(bytes)
end

--- Writes a picture of the page to build/screenshots/NAME.png.
function Page:picture(name)
  shell.must "mkdir -p build/screenshots"
  local file = assert(io.open("build/screenshots/" .. name .. ".png", "wb"))
  file:write(from_base64(self:send("GET", "/screenshot")))
  file:close()
end

return browser
