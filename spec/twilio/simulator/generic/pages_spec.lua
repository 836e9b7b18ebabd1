local pages = require "twilio.simulator.generic.pages"
local plausible = require "twilio.simulator.generic.plausible"

-- A collection as store.lua has it, with the items 1 to `count`, the newest first.
local function collection(count)
  return {
    page = function(_, limit, token, accept)
      local first = token and tonumber(token:match "^PA(%d+)$") and tonumber(token:match "^PA(%d+)$") - 1 or not token and count
      if not first then return nil end
      local items = {}
      for i = first, 1, -1 do
        local item = { sid = tostring(i) }
        if accept(item) then items[#items + 1] = item end
      end
      local older = #items > limit
      while #items > limit do items[#items] = nil end
      return items, older, token ~= nil
    end,
  }
end

local function all() return true end

local function page(count, given, in_order, whole)
  local about = { path = "/v1/Things", base = "http://x", key = "things", in_order = in_order or {}, whole = whole }
  return pages.page(collection(count), given, about, all)
end

describe("pages.page", function()
  it("has the items of the size, and links in each style", function()
    local items, fields = page(5, { PageSize = "2", Status = "a b" }, { { "PageSize", "2" }, { "Status", "a b" } })
    assert.equal(2, #items)
    assert.equal("/v1/Things?Status=a%20b&PageSize=2&Page=1&PageToken=PA4", fields.nextpageuri)
    assert.equal("http://x" .. fields.nextpageuri, fields.meta.nextpageurl)
    assert.equal("PA4", fields.meta.nexttoken)
    assert.equal("/v1/Things?Status=a%20b&PageSize=2&Page=0", fields.firstpageuri)
    assert.equal(plausible.absent, fields.previouspageuri)
    assert.same({ "things", 2 }, { fields.meta.key, fields.meta.pagesize })
  end)

  it("has no link after the last item", function()
    local items, fields = page(5, { PageSize = "2", Page = "2", PageToken = "PA2" })
    assert.equal(1, #items)
    assert.equal(plausible.absent, fields.nextpageuri)
    assert.equal(plausible.absent, fields.meta.nexttoken)
    assert.equal("PB1", fields.meta.previoustoken)
  end)

  it("reads the sizes and tokens of all styles", function()
    assert.equal(1, #page(5, { pageSize = "1" }))
    assert.equal("4", page(5, { pageToken = "PA5", pageSize = "1" })[1].sid)
    assert.equal("4", page(5, { Token = "PA5", PageSize = "1" })[1].sid)
    assert.equal(50, #page(60, {}))
    assert.equal(1000, #page(1100, { PageSize = "2000" }))
  end)

  it("has all items if the style has one page", function()
    local items, fields = page(60, {}, nil, true)
    assert.equal(60, #items)
    assert.same({ 60, 1 }, { fields.totalresults, fields.startindex })
  end)

  it("refuses sizes and tokens that are none", function()
    local function refusal(given)
      local fine, problem = pcall(page, 5, given)
      assert.is_false(fine)
      return problem.status .. " " .. problem.message
    end
    assert.equal("400 Invalid value 'many' of the parameter 'PageSize': expected an integer above 0", refusal { PageSize = "many" })
    assert.equal("400 Invalid value 'x' of the parameter 'PageToken': no such page", refusal { PageToken = "x" })
  end)
end)

describe("pages.filters", function()
  local function field(name) return { name = name, type = { kind = "string" } } end
  local THING = { kind = "object", fields = { field "status", field "date_created", field "page" } }

  local function accepts(record, given) return pages.accepts(record, pages.filters(THING, given)) end

  it("are the parameters that the records have a field for", function()
    assert.same({ { field = "status", side = "", text = "open" } }, pages.filters(THING, { Status = "open", Other = "x", Page = "1" }))
    assert.same({}, pages.filters({ kind = "string" }, { Status = "open" }))
  end)

  it("compare texts without case", function()
    assert.is_true(accepts({ status = "open" }, { Status = "Open" }))
    assert.is_false(accepts({ status = "closed" }, { Status = "open" }))
    assert.is_true(accepts({}, { Status = "open" }))
  end)

  it("compare times on either side, and dates with the whole day", function()
    local record = { datecreated = "2026-11-30T08:30:05Z" }
    assert.is_true(accepts(record, { ["DateCreated>"] = "2026-11-30" }))
    assert.is_false(accepts(record, { ["DateCreated<"] = "2026-11-30" }))
    assert.is_true(accepts(record, { DateCreated = "2026-11-30" }))
    assert.is_false(accepts(record, { DateCreated = "2026-11-29" }))
    assert.is_true(accepts({ datecreated = "Mon, 30 Nov 2026 08:30:05 +0000" }, { DateCreated = "2026-11-30T08:30:05Z" }))
  end)
end)
