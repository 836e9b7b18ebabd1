local api = require "spec.support.simulator_api"

local get, post, assert_error, root = api.get, api.post, api.assert_error, api.root
local server

describe("the numbers that can be bought", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  local path = root .. "/AvailablePhoneNumbers/US"

  local function search(query)
    local list = {}
    for index, number in ipairs(get(path .. "/Local.json?" .. query).available_phone_numbers) do list[index] = number.phone_number end
    return list
  end

  it("are those of an area code, in one page", function()
    assert.equal(20, #search "")
    assert.equal(30, #search "PageSize=1000")
    assert.same({ "+14155550001", "+14155550002" }, search "AreaCode=415&PageSize=2")
    assert.same({}, search "AreaCode=500")
    local number = get(path .. "/Local.json?PageSize=1").available_phone_numbers[1]
    assert.same({ "(510) 555-0001", true }, { number.friendly_name, number.capabilities.SMS })
    assert_error(400, 21451, get(path .. "/Local.json?AreaCode=51"))
    assert_error(400, 20001, get(path .. "/Local.json?AreaCod=510"))
  end)

  it("contain digits or letters", function()
    assert.same({ "+15105550042" }, search "Contains=0042")
    assert.same({ "+15105550042" }, search "Contains=%2B1510555**42")
    assert.equal(20, #search "Contains=JJJ")
    assert.same({}, search "Contains=999")
  end)

  it("lack the numbers that an account has", function()
    post(root .. "/IncomingPhoneNumbers.json", { PhoneNumber = "+15105550001" })
    assert.same({ "+15105550002" }, search "PageSize=1")
    assert.equal("+15105550002", post(root .. "/IncomingPhoneNumbers.json", { AreaCode = "510" }).phone_number)
    assert.same({ "+15105550003" }, search "PageSize=1")
  end)

  it("are in several countries, of three types", function()
    local countries = get(root .. "/AvailablePhoneNumbers.json").countries
    assert.same({ 18, "AT" }, { #countries, countries[1].country_code })
    assert.equal("United States", get(path .. ".json").country)
    for kind, phone_number in pairs { Local = "+445105550001", Mobile = "+447105550001", TollFree = "+448005550001" } do
      local number = get(root .. "/AvailablePhoneNumbers/GB/" .. kind .. ".json?PageSize=1").available_phone_numbers[1]
      assert.same({ phone_number, "GB" }, { number.phone_number, number.iso_country })
      post(root .. "/IncomingPhoneNumbers/" .. kind .. ".json", { PhoneNumber = phone_number })
    end
    for kind, phone_number in pairs { Mobile = "+447105550001", TollFree = "+448005550001" } do
      local bought = get(root .. "/IncomingPhoneNumbers/" .. kind .. ".json").incoming_phone_numbers
      assert.same({ 1, phone_number }, { #bought, bought[1].phone_number })
    end
    assert.equal(4, #get(root .. "/IncomingPhoneNumbers/Local.json").incoming_phone_numbers)
    assert.equal(1, #get(root .. "/IncomingPhoneNumbers/Local.json?PhoneNumber=%2B15017122661").incoming_phone_numbers)
    assert_error(404, 20404, get(root .. "/AvailablePhoneNumbers/ZZ.json"))
  end)
end)
