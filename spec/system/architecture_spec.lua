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
      -- In a table for several folders, the rows name the folder. A row may have several files. The
      -- later ones are in the folder of the first. The row of a folder stands for all its files.
      local cell, folder = line:match "^| (`[^|]*`) |", #folders > 1 and "src/" or folders[1]
      for name in (cell or ""):gmatch "`([%w_/]+[%./]%a*)`" do
        if name:find "/$" then
          for _, path in ipairs(shell.lines(shell.must(("ls -d %s%s*.*"):format(folder, name)))) do files[path] = true end
        else
          files[folder .. name] = true
        end
        folder = folder .. (name:match "^(.*/)" or "")
      end
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
