using System.Globalization;

namespace Fairway.Scanning;

/// <summary>
/// Reads TOML 1.0 (toml.io/en/v1.0.0). At most <see cref="MaxLength"/> characters, <see cref="MaxDepth"/> levels and <see cref="MaxValues"/> values.
/// </summary>
public sealed class TomlReader
{
    /// <summary>Longest document, in characters.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>Deepest nesting.</summary>
    public const int MaxDepth = 64;

    /// <summary>Most values.</summary>
    public const int MaxValues = 200_000;

    private readonly TomlTable _root = new() { Line = 1 };
    private readonly TomlScan _scan;
    private int _values;

    private TomlReader(string text) => _scan = new(text);

    /// <summary>Reads a document.</summary>
    /// <exception cref="FormatException">It is no TOML, or past a limit; says the line.</exception>
    public static TomlTable Read(string text)
    {
        if (text.Length > MaxLength) throw new FormatException($"the file is longer than {MaxLength >> 20} Mi characters");
        if (text.StartsWith('\uFEFF')) text = text[1..];
        var reader = new TomlReader(text);
        reader.Document();
        return reader._root;
    }

    private void Document()
    {
        var current = _root;
        while (true)
        {
            _scan.SkipLines();
            if (_scan.Ended) return;
            if (_scan.Peek == '[') current = Header();
            else KeyValue(current, 0);
            _scan.EndOfLine();
        }
    }

    private TomlTable Header()
    {
        var line = _scan.Line;
        _scan.Take('[');
        var several = _scan.TryTake('[');
        _scan.SkipBlanks();
        var key = Key();
        _scan.SkipBlanks();
        _scan.Take(']');
        if (several) _scan.Take(']');
        if (key.Count > MaxDepth) throw _scan.Error("the nesting is too deep");
        var parent = _root;
        for (var i = 0; i < key.Count - 1; i++) parent = Into(parent, key[i]);
        var name = key[^1];
        return several ? Append(parent, name, line) : Open(parent, name, line);
    }

    private TomlTable Into(TomlTable parent, string name)
    {
        if (!parent.Values.TryGetValue(name, out var value)) return Add(parent, name, new TomlTable { Line = _scan.Line });
        return value switch
        {
            TomlTable { Closed: false } table => table,
            TomlArray { OfTables: true } list => (TomlTable)list.Items[^1],
            _ => throw _scan.Error($"{name} is no table that can be added to"),
        };
    }

    private TomlTable Open(TomlTable parent, string name, int line)
    {
        if (!parent.Values.TryGetValue(name, out var value)) return Add(parent, name, new TomlTable { Line = line, Declared = true });
        if (value is not TomlTable { Closed: false, Declared: false, Dotted: false } table) throw _scan.Error($"{name} is already given");
        table.Declared = true;
        return table;
    }

    private TomlTable Append(TomlTable parent, string name, int line)
    {
        if (!parent.Values.TryGetValue(name, out var value)) parent.Values[name] = value = new TomlArray { OfTables = true };
        if (value is not TomlArray { OfTables: true } list) throw _scan.Error($"{name} is already given, and is no list of tables");
        Count();
        var table = new TomlTable { Line = line, Declared = true };
        list.Items.Add(table);
        return table;
    }

    private void KeyValue(TomlTable table, int depth)
    {
        var line = _scan.Line;
        var key = Key();
        if (key.Count + depth > MaxDepth) throw _scan.Error("the nesting is too deep");
        _scan.SkipBlanks();
        _scan.Take('=');
        _scan.SkipBlanks();
        for (var i = 0; i < key.Count - 1; i++)
        {
            if (!table.Values.TryGetValue(key[i], out var below)) below = Add(table, key[i], new TomlTable { Line = line, Dotted = true });
            if (below is not TomlTable { Closed: false, Declared: false } inner) throw _scan.Error($"{key[i]} is already given");
            table = inner;
        }
        if (table.Values.ContainsKey(key[^1])) throw _scan.Error($"{key[^1]} is already given");
        table.Values[key[^1]] = Value(depth + 1);
    }

    private List<string> Key()
    {
        var parts = new List<string> { _scan.KeyPart() };
        while (true)
        {
            _scan.SkipBlanks();
            if (!_scan.TryTake('.')) return parts;
            _scan.SkipBlanks();
            parts.Add(_scan.KeyPart());
        }
    }

    private TomlValue Value(int depth)
    {
        if (depth > MaxDepth) throw _scan.Error("the nesting is too deep");
        Count();
        return _scan.Peek switch
        {
            '"' or '\'' => new TomlText(_scan.Text()),
            '[' => List(depth),
            '{' => Inline(depth),
            _ => Bare(),
        };
    }

    private TomlArray List(int depth)
    {
        var list = new TomlArray();
        _scan.Take('[');
        while (true)
        {
            _scan.SkipLines();
            if (_scan.TryTake(']')) return list;
            list.Items.Add(Value(depth + 1));
            _scan.SkipLines();
            if (_scan.TryTake(',')) continue;
            _scan.Take(']');
            return list;
        }
    }

    private TomlTable Inline(int depth)
    {
        var table = new TomlTable { Line = _scan.Line };
        _scan.Take('{');
        _scan.SkipBlanks();
        if (!_scan.TryTake('}'))
        {
            while (true)
            {
                _scan.SkipBlanks();
                KeyValue(table, depth);
                _scan.SkipBlanks();
                if (_scan.TryTake(',')) continue;
                _scan.Take('}');
                break;
            }
        }
        Close(table);
        return table;
    }

    private static void Close(TomlTable table)
    {
        table.Closed = true;
        foreach (var inner in table.Values.Values.OfType<TomlTable>()) Close(inner);
    }

    private TomlValue Bare()
    {
        var word = _scan.Word();
        return word switch
        {
            "true" => new TomlTruth(true),
            "false" => new TomlTruth(false),
            "inf" or "+inf" => new TomlNumber(double.PositiveInfinity),
            "-inf" => new TomlNumber(double.NegativeInfinity),
            "nan" or "+nan" or "-nan" => new TomlNumber(double.NaN),
            _ => TomlNumbers.Integer(word) is { } whole ? new TomlInteger(whole)
                : TomlNumbers.Float(word) is { } number ? new TomlNumber(number)
                : TomlNumbers.IsMoment(word) ? new TomlMoment(word)
                : throw _scan.Error(word.Length == 0 ? "a value is missing" : $"\"{(word.Length > 40 ? word[..40] + "…" : word)}\" is no value; text needs quotes"),
        };
    }

    private TomlTable Add(TomlTable parent, string name, TomlTable table)
    {
        Count();
        parent.Values[name] = table;
        return table;
    }

    private void Count()
    {
        if (++_values > MaxValues) throw _scan.Error(string.Create(CultureInfo.InvariantCulture, $"the file has more than {MaxValues:N0} values"));
    }
}
