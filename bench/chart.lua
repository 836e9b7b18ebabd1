--- Draws bar charts as SVG. A picture needs nothing but itself: no script, no font of its own. It follows
-- the light or dark theme of its reader.

local chart = {}

local WIDTH, MARGIN, LABELS, VALUES = 880, 24, 214, 96
local BAR, GAP, TITLE, HEAD = 14, 5, 26, 76
local TRACK = WIDTH - 2 * MARGIN - LABELS - VALUES

local STYLE = [[
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .quiet { fill: #59636e } .track { fill: #eff2f5 }
  .other { fill: #9aa4b0 } .ours { fill: #c2410c } .floor { fill: #4f6b8f } .range { stroke: #1f2328; stroke-width: 1.5 }
  text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif } .head { font-size: 18px; font-weight: 600 } .row { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .quiet { fill: #9198a1 } .track { fill: #1c2128 }
    .other { fill: #6b7683 } .ours { fill: #fb8b4b } .floor { fill: #7fa3d1 } .range { stroke: #e6edf3 }
  }
]]

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(text) return (text:gsub('[&<>"]', ENTITIES)) end

local function number(n)
  return (n >= 99.95 and "%.0f" or n >= 9.995 and "%.1f" or "%.2f"):format(n)
end

-- The longest value of a group: the bars of a group share a scale that begins at 0.
local function longest(bars)
  local most = 0
  for _, bar in ipairs(bars) do most = math.max(most, bar.value, bar.high or 0) end
  return most
end

local function text(out, class, x, y, value, anchor)
  local attribute = anchor and ' text-anchor="' .. anchor .. '"' or ""
  out[#out + 1] = ('<text class="%s" x="%g" y="%g"%s>%s</text>'):format(class, x, y, attribute, escape(value))
end

local function draw_bar(out, bar, y, scale, unit)
  local x = MARGIN + LABELS
  text(out, bar.kind == "ours" and "row ink" or "quiet", x - 8, y + BAR - 3, bar.name, "end")
  out[#out + 1] = ('<rect class="track" x="%g" y="%g" width="%g" height="%g" rx="3"/>'):format(x, y, TRACK, BAR)
  out[#out + 1] = ('<rect class="%s" x="%g" y="%g" width="%.1f" height="%g" rx="3"/>'):format(bar.kind or "other", x, y,
    math.max(2, bar.value * scale), BAR)
  if bar.low and bar.high then
    out[#out + 1] = ('<path class="range" d="M%.1f %gH%.1f"/>'):format(x + bar.low * scale, y + BAR / 2, x + bar.high * scale)
  end
  text(out, bar.kind == "ours" and "row ink" or "ink", x + TRACK + 8, y + BAR - 3, number(bar.value) .. " " .. unit)
end

--- Returns the SVG of a chart.
-- @param title the heading of the chart
-- @param note one line below the heading
-- @param groups an array of { title =, unit =, bars = }. A bar is { name =, value =, kind =, low =,
--   high = }. `kind` is "ours", "floor" or nil. `low` and `high` are the ends of a line on the bar.
--   The bars of a group have one scale.
function chart.bars(title, note, groups)
  local out, y = {}, HEAD
  for _, group in ipairs(groups) do
    local most = longest(group.bars)
    text(out, "row ink", MARGIN, y + 12, group.title)
    y = y + TITLE
    for _, bar in ipairs(group.bars) do
      draw_bar(out, bar, y, most > 0 and TRACK / most or 0, group.unit)
      y = y + BAR + GAP
    end
    y = y + TITLE - GAP
  end
  return table.concat({
    ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">'):format(
      WIDTH, y, WIDTH, y, escape(title)),
    "<style>\n" .. STYLE .. "</style>",
    ('<rect class="paper" width="%d" height="%d"/>'):format(WIDTH, y),
    ('<text class="ink head" x="%d" y="34">%s</text>'):format(MARGIN, escape(title)),
    ('<text class="quiet" x="%d" y="54">%s</text>'):format(MARGIN, escape(note)),
    table.concat(out, "\n"), "</svg>\n",
  }, "\n")
end

return chart
