-- A person's walk through the page of the simulator, in a real browser. The pictures of the page are in
-- build/screenshots.
local browser = require "spec.support.browser"
local simulated = require "spec.support.simulated"

local on, at, advance = simulated.on, simulated.at, simulated.advance
local ATTACK = "<img src=x onerror=\"document.title='broken in'\"><script>document.title='broken in'</script>"

local there = browser.there()
if not there then
  io.stderr:write("\nThe page of the simulator is NOT tested: chromium and chromedriver are missing. `make deps-browser` installs them.\n")
end
local possible = there or os.getenv "NEEDS_BROWSER"
local test = possible and it or pending

local MENU = [[<Response>
  <Gather numDigits="1" action="/menu" timeout="20"><Say voice="Polly.Joanna">Welcome to the bakery. For opening hours, press 1.</Say></Gather>
  <Say>We did not hear anything. Goodbye.</Say>
</Response>]]

-- A small IVR and its answers to messages
local function answer_as_an_app()
  on("/voice", MENU)
  on("/menu", "<Response><Say>We are open from seven to six, every day but Sunday.</Say><Pause length='20'/></Response>")
  on("/speech", "<Response><Gather input='speech' action='/heard' timeout='20'><Say>What would you like?</Say></Gather></Response>")
  on("/heard", "<Response><Say>One moment.</Say></Response>")
  on("/sms", "<Response><Message>Thanks! Your order is in the oven.</Message></Response>")
  on("/status", "")
  simulated.configure { VoiceUrl = at "/voice", SmsUrl = at "/sms", StatusCallback = at "/status" }
end

describe("the page of the simulator", function()
  local page

  setup(function()
    if not possible then return end
    simulated.start()
    page = browser.open(1440, 900)
  end)
  teardown(function()
    if not possible then return end
    page:close()
    assert.equal("", simulated.stop())
  end)

  before_each(function()
    if not possible then return end
    simulated.reset()
    answer_as_an_app()
    page:resize(1440, 900)
    page:prefer "light"
    page:go "about:blank" -- leaves the page of the spec before
    page:go(simulated.server.url .. "/")
    page:shows("#connection", "connected")
  end)
  after_each(function()
    if possible then assert.same({}, page:complaints()) end
  end)

  -- Takes a picture of the page in both themes.
  local function picture(name)
    for _, theme in ipairs { "light", "dark" } do
      page:prefer(theme)
      page:picture(name .. "-" .. theme)
    end
    page:prefer "light"
  end

  test("lets a person call the app, hear the menu, press 1, hear the answer, and hang up", function()
    picture "empty"
    page:click "#dial"
    page:shows("#call-state", "Connected")
    page:shows("#transcript", "For opening hours, press 1.")
    page:shows(".t-line[data-state=current]", "Welcome to the bakery")
    advance(6)
    page:shows(".t-line[data-state=current]", "Gather")
    page:click "#pad [data-digit='1']"
    page:shows("#transcript .me", "1")
    page:shows("#transcript", "We are open from seven to six")
    page:shows(".t-line[data-state=current]", "We are open")
    advance(3)
    picture "call"
    page:shows("#detail .timeline title", "Say: We are open from seven to six")
    page:click "#hangup"
    page:shows("#call-state", "Call ended")
    page:shows("#list .item", "completed")
    page:shows(".hook-card", "/status")
    assert.same({ "/voice", "/menu", "/status" }, simulated.paths())
    assert.equal("1", simulated.requests()[2].fields.Digits)
    local picture_text = page:run "return document.querySelector('.timeline').getAttribute('aria-label')"
    assert.matches("in%-progress at 0 s.*Say: Welcome.*Say: We are open.* at 6 s", picture_text)
  end)

  test("says that it is connected when it has drawn what it has received", function()
    page:go "about:blank"
    page:go_after([[
      const draws = [], Source = window.EventSource;
      window.requestAnimationFrame = (draw) => draws.push(draw);
      window.drawAll = () => { window.requestAnimationFrame = (draw) => draw(0); while (draws.length) draws.shift()(0); };
      window.EventSource = class extends Source {
        constructor(url) {
          super(url);
          this.addEventListener("open", () => setTimeout(() => { window.isOpen = true; }));
        }
      };
    ]], simulated.server.url .. "/")
    page:wait("window.isOpen", "the stream of events is open")
    assert.equal("connecting", page:text "#connection")
    page:run "drawAll()"
    assert.equal("connected", page:text "#connection")
    assert.matches("^%+%d+$", page:run "return document.getElementById('to').value")
  end)

  test("lets a person use the keyboard only", function()
    local keys = browser.KEYS
    page:keys(keys.tab)
    assert.equal("Skip to the phone", page:run "return document.activeElement.textContent")
    page:keys(keys.enter, keys.tab)
    assert.equal("tab-call", page:run "return document.activeElement.id")
    page:keys(keys.right)
    assert.equal("true", page:run "return document.activeElement.getAttribute('aria-selected')")
    page:shows("#pane-chat", "No messages")
    page:keys(keys.right, keys.tab, keys.tab)
    assert.equal("to", page:run "return document.activeElement.id")
    page:keys(keys.enter)
    page:shows("#call-state", "Connected")
    for _ = 1, 2 do page:keys(keys.tab) end -- to the transcript and the keypad
    assert.not_equal("none", page:run "return getComputedStyle(document.activeElement).outlineStyle")
    page:keys "1"
    page:shows("#transcript", "We are open from seven to six")
    page:keys(keys.escape)
    page:shows("#call-state", "Call ended")
    assert.equal("1", simulated.requests()[2].fields.Digits)
  end)

  test("lets a person speak, and says why a digit is not heard", function()
    simulated.configure { VoiceUrl = at "/speech" }
    page:click "#dial"
    page:shows("#transcript", "What would you like?")
    page:click "#pad [data-digit='5']"
    page:shows("#alert", "does not listen to digits")
    assert.matches("digits .*400", page:complaints()[1])
    page:fill("#speech", "two rolls")
    page:keys(browser.KEYS.enter)
    page:shows("#transcript .me", "two rolls")
    page:shows("#transcript", "One moment.")
    assert.equal("two rolls", simulated.requests()[2].fields.SpeechResult)
  end)

  test("lets a person send a message and see the answer, and never reads text as HTML", function()
    page:click "#tab-chat"
    page:fill("#chat-text", ATTACK)
    page:click "#send"
    page:shows("#chat .me", ATTACK)
    page:shows("#chat .said", "Your order is in the oven.")
    on("/sms", "<Response><Message>" .. ATTACK:gsub("<", "&lt;") .. "</Message></Response>")
    page:fill("#chat-text", "Again")
    page:keys(browser.KEYS.enter)
    page:shows("#chat .said", ATTACK)
    page:click "#tab-messages"
    page:shows("#list .item .main", ATTACK)
    page:shows("#detail", "Again")
    picture "chat"
    assert.equal("twilio-simulator", page:run "return document.title")
    assert.equal(0, page:run "return document.querySelectorAll('img, body script').length")
    assert.equal(ATTACK, simulated.requests()[1].fields.Body)
  end)

  test("shows each webhook with its signature and answer, and replays it", function()
    page:click "#dial"
    page:shows("#transcript", "Welcome")
    page:click "#tab-webhooks"
    page:click "#list a"
    page:shows("#detail", simulated.requests()[1].headers["x-twilio-signature"])
    page:shows("#detail .twiml", "press 1")
    page:shows("#detail .parameters", "ringing")
    page:click "#detail button"
    page:shows("#detail .replayed", "answered 200 as webhook 2")
    page:shows("#list .item", "replay of 1")
    assert.equal(2, #simulated.requests())
    picture "webhook"
  end)

  test("shows what happened before it was opened, and the call of a program", function()
    local call = simulated.call { Url = at "/voice" }
    advance(4)
    page:go "about:blank"
    page:go(simulated.server.url .. "/#" .. call.sid)
    page:shows("#transcript", "Welcome")
    page:shows("#detail .badge", "in-progress")
    page:click "#pad [data-digit='1']"
    page:shows("#transcript", "We are open from seven to six")
  end)

  test("moves the clock that stands still", function()
    local before = simulated.server:get "/_/state".now
    simulated.call { Url = at "/voice" }
    page:shows("#list .badge", "queued")
    page:click "#clock-buttons [data-seconds='10']"
    page:shows("#list .badge", "in-progress")
    assert.equal(before + 10, simulated.server:get "/_/state".now)
  end)

  test("shows the codes of Verify", function()
    local servers = require "spec.support.servers"
    local user = simulated.server.account_sid .. ":" .. simulated.server.auth_token
    local made = servers.curl { method = "POST", url = simulated.server.url .. "/v2/Services", user = user, form = { FriendlyName = "Shop" } }
    servers.curl {
      method = "POST", url = ("%s/v2/Services/%s/Verifications"):format(simulated.server.url, made.body:match '"sid":"(VA%x+)"'), user = user,
      form = { To = "+15558675310", Channel = "sms" },
    }
    page:click "#tab-codes"
    page:shows("#list .code", simulated.server:get("/_/verifications")[1].code)
  end)

  test("gives a number its address, and causes faults", function()
    page:click "#open-setup"
    page:fill("#number-forms form:nth-child(2) [name=VoiceUrl]", "http://localhost:4000/voice")
    page:click "#number-forms form:nth-child(2) button"
    page:shows("#number-forms form:nth-child(2)", "Saved.")
    page:shows("#credentials", ("export TWILIO_BASE_URL='%s/{product}'"):format(simulated.server.url))
    picture "numbers"
    page:keys(browser.KEYS.escape)
    assert.equal("http://localhost:4000/voice", simulated.server:get("/_/state").numbers[2].voice_url)
    page:click "#open-faults"
    page:click "#faults .primary"
    page:shows("#fault-state", "1 to come")
    picture "faults"
    page:click "#faults .head button"
    page:shows("#fault-count", "1")
    local body, answer = simulated.ask("GET", "/Calls.json")
    assert.same({ 429, 20429 }, { answer.status, body.code })
    page:wait("document.querySelector('#fault-count').hidden", "the fault is gone")
    page:click "#tab-requests"
    page:shows("#list .item", "429")
  end)

  test("fits windows of 380, 900 and 1440 pixels, and keeps the theme that a person chooses", function()
    page:click "#dial"
    page:shows("#transcript", "Welcome")
    for _, width in ipairs { 380, 900, 1440 } do
      page:resize(width, 900)
      assert.is_true(page:run "return document.documentElement.scrollWidth" <= width, "the page scrolls sideways at " .. width)
      picture("width-" .. width)
    end
    local function ground() return page:run "return getComputedStyle(document.body).backgroundColor" end
    local light = ground()
    page:click "#theme"
    page:click "#theme"
    assert.not_equal(light, ground())
    page:run "location.reload()"
    page:shows("#theme", "Dark")
    assert.not_equal(light, ground())
    page:click "#theme"
    assert.equal(light, ground())
  end)

  test("shows all tabs of the activity with counts of three digits", function()
    page:run [[document.querySelectorAll("[data-list] b").forEach((count) => Object.defineProperty(count, "textContent", { set() {} }))]]
    page:run [[document.querySelectorAll("[data-list] b").forEach((count) => count.replaceChildren("500"))]]
    for _, width in ipairs { 380, 900, 1100, 1280, 1440, 1600 } do
      page:resize(width, 900)
      local hidden = page:run [[
        const tabs = document.querySelector(".activity .tabs");
        return tabs.scrollWidth - tabs.clientWidth;]]
      assert.equal(0, hidden, "pixels are cut at a width of " .. width)
      if width == 1280 or width == 900 then picture("tabs-" .. width) end
    end
  end)

  test("keeps the focus on the button that a person needs next", function()
    local focus = "document.activeElement.id === '%s'"
    page:run "document.querySelector('#dial').focus()"
    page:keys(browser.KEYS.enter)
    page:shows("#transcript", "Welcome")
    page:wait(focus:format "hangup", "Hang up has the focus")
    page:keys(browser.KEYS.enter)
    page:shows("#call-state", "Call ended")
    page:wait(focus:format "dial", "Call has the focus")
  end)

  test("presses a single digit that is typed into the text field", function()
    page:click "#dial"
    page:shows("#transcript", "Welcome")
    page:fill("#speech", "1")
    page:keys(browser.KEYS.enter)
    page:shows("#transcript", "We are open from seven to six")
    assert.equal("1", simulated.requests()[2].fields.Digits)
    assert.equal("", page:run "return document.querySelector('#speech').value")
  end)

  test("leads to the numbers if a number has no address, and hides the alert then", function()
    page:fill("#to", "+15017122662")
    page:click "#dial"
    page:shows("#alert", "the number +15017122662 has no VoiceUrl: choose Numbers")
    assert.matches("calls .*400", page:complaints()[1])
    picture "alert"
    page:click "#alert button"
    assert.same({ "VoiceUrl", "+15017122662" }, page:run "return [document.activeElement.name, document.activeElement.form.ariaLabel]")
    assert.is_true(page:run "return document.querySelector('#alert').hidden")
    page:keys(browser.KEYS.escape)
    page:wait("document.activeElement.id === 'dial'", "Call has the focus")
    page:click "#dial"
    page:shows("#alert", "choose Numbers")
    assert.matches("calls .*400", page:complaints()[1])
    page:click "#open-faults"
    assert.is_true(page:run "return document.querySelector('#alert').hidden")
  end)

  -- The contrast of each text with the colour behind it, as WCAG defines it
  local CONTRAST = [=[
    const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (color) => {
      paint.clearRect(0, 0, 1, 1);
      paint.fillStyle = color;
      paint.fillRect(0, 0, 1, 1);
      return [...paint.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const found = [];
    for (const node of document.querySelectorAll("body *:not(svg *):not(.hidden)")) {
      const shows = [...node.childNodes].some((child) => child.nodeType === 3 && child.nodeValue.trim());
      if (!shows || !node.getClientRects().length) continue;
      let behind = node;
      while (behind.parentElement && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
      const one = light(rgb(getComputedStyle(node).color)), other = light(rgb(getComputedStyle(behind).backgroundColor));
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (ratio < 4.5) found.push(node.tagName + "." + node.className + " " + node.textContent.slice(0, 20) + " " + ratio.toFixed(2));
    }
    return [found.join("\n")];]=]

  test("has a contrast of 4.5 at least, and a name for each control, in both themes", function()
    page:run "const style = new CSSStyleSheet(); style.replaceSync('* { transition: none !important }'); document.adoptedStyleSheets = [style]"
    page:click "#dial"
    page:shows("#transcript", "Welcome")
    page:click "#pad [data-digit='1']"
    page:shows("#transcript .me", "1")
    page:click ".hook-card summary"
    for _, theme in ipairs { "light", "dark" } do
      page:prefer(theme)
      for _, tab in ipairs { "webhooks", "requests", "calls" } do
        page:click("#tab-" .. tab)
        assert.same({ "" }, page:run(CONTRAST), theme)
      end
    end
    assert.same({ "" }, page:run [=[
      const names = (node) => node.getAttribute("aria-label") || node.textContent.trim()
        || [...(node.labels || [])].map((label) => label.textContent.trim()).join("");
      return [[...document.querySelectorAll("button, input, select, a, [role=log], [role=tablist], section, dialog")]
        .filter((node) => !names(node) && !node.getAttribute("aria-labelledby")).map((node) => node.outerHTML).join("\n")]; ]=])
  end)
end)
