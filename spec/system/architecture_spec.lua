local shell = require "spec.support.shell"

describe("doc/architecture.md", function()
  -- Maps the folder of each table to the set of files in the table.
  local function read_tables()
    local files, folders = {}, {}
    for line in io.lines "doc/architecture.md" do
      local heading = line:match "^### (.*)$"
      if heading then
        folders = {}
        for folder in heading:gmatch "[%w/]+/" do folders[#folders + 1] = folder end
      end
      local name = line:match "^| `([%w_/]+%.%a+)` |"
      -- In a table for several folders, the rows name the folder.
      if name then files[(#folders > 1 and "src/" or folders[1]) .. name] = true end
    end
    return files
  end

  it("has a row for each source file", function()
    local files = read_tables()
    files["src/module.c"] = true -- the page shows it in the picture of the layers
    local missing = {}
    for _, path in ipairs(shell.lines(shell.must "find src lua -name '*.c' -o -name '*.lua' -o -name '*.h'")) do
      local source = path:gsub("%.h$", ".c")
      if not files[path] and not files[source] then missing[#missing + 1] = path end
    end
    assert.same({}, missing)
  end)

  it("has no row for a file that does not exist", function()
    local gone = {}
    for path in pairs(read_tables()) do
      local file = io.open(path)
      if file then file:close() else gone[#gone + 1] = path end
    end
    assert.same({}, gone)
  end)
end)
