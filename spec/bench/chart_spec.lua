local chart = dofile "bench/chart.lua"

local GROUPS = {
  { title = "a & b", unit = "µs", bars = {
    { name = "floor", value = 10, kind = "floor", low = 8, high = 20 }, { name = "ours", value = 12.345, kind = "ours" },
    { name = "<other>", value = 1000 / 3 },
  } },
  { title = "nothing", unit = "ms", bars = { { name = "zero", value = 0 } } },
}

describe("a chart", function()
  local svg
  setup(function() svg = chart.bars("Title", "Note", GROUPS) end)

  local function widths(class)
    local found = {}
    for width in svg:gmatch('<rect class="' .. class .. '" x="238" y="%d+" width="([%d.]+)"') do found[#found + 1] = tonumber(width) end
    return found
  end

  it("has bars in proportion to the largest value of their group", function()
    local track = widths "track"
    assert.same({ 522, 522, 522, 522 }, track)
    assert.same({ 15.7 }, widths "floor") -- 10 of 333.3
    assert.same({ 19.3 }, widths "ours")
    assert.same({ 522, 2 }, widths "other") -- a value of 0 is still seen
  end)

  it("shows each value with its unit, and the range of the rounds as a line", function()
    for _, wanted in ipairs { ">10.0 µs<", ">12.3 µs<", ">333 µs<", ">0.00 ms<" } do assert.matches(wanted, svg, 1, true) end
    assert.matches('<path class="range" d="M250.5 109H269.3"/>', svg, 1, true)
  end)

  it("is well-formed XML with a title for screen readers", function()
    assert.matches("a &amp; b", svg, 1, true)
    assert.matches("&lt;other&gt;", svg, 1, true)
    assert.matches('role="img" aria-label="Title"', svg, 1, true)
    local depth = 0
    for closing, name, empty in svg:gmatch "<(/?)(%a+)[^<>]-(/?)>" do
      assert.is_string(name)
      depth = depth + (closing == "/" and -1 or empty == "/" and 0 or 1)
    end
    assert.equal(0, depth)
  end)

  it("has colours for a light and a dark theme", function()
    assert.matches("prefers-color-scheme: dark", svg, 1, true)
    for _, class in ipairs { "paper", "ink", "quiet", "track", "other", "ours", "floor" } do
      assert.equal(2, select(2, svg:gsub("%." .. class .. " { fill", "")), class)
    end
  end)
end)
