using System.Globalization;

namespace Fairway.Metrics.Configuration;

/// <summary>Reads the entries of a map and notes what is wrong; keys that nobody asked for are errors.</summary>
internal sealed class ConfigSection
{
    private readonly Dictionary<string, ConfigNode> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly List<ConfigProblem> _problems;
    private readonly string _path;
    private readonly ConfigNode _node;

    public ConfigSection(ConfigNode node, string path, List<ConfigProblem> problems)
    {
        (_node, _path, _problems) = (node, path, problems);
        if (node is not ConfigMap map)
        {
            if (node is not ConfigText { Text: "" }) Problem(node, "", "expected keys and values");
            return;
        }

        foreach (var (key, value) in map.Entries)
        {
            if (!_entries.TryAdd(key, value)) Problem(value, key, "is given twice");
        }
    }

    /// <summary>Keys that are there.</summary>
    public IEnumerable<string> Keys => _entries.Keys;

    public bool Has(string key) => _entries.ContainsKey(key);

    public string Text(string key, string otherwise) => Scalar(key) ?? otherwise;

    public bool Flag(string key, bool otherwise)
    {
        switch (Scalar(key))
        {
            case null: return otherwise;
            case "true" or "True" or "TRUE": return true;
            case "false" or "False" or "FALSE": return false;
            default:
                Problem(key, "expected true or false");
                return otherwise;
        }
    }

    public int Number(string key, int otherwise)
    {
        if (Scalar(key) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= 0) return number;
        Problem(key, $"\"{text}\" is no whole number from 0");
        return otherwise;
    }

    public ulong Modulus(string key)
    {
        if (Scalar(key) is not { } text) return 0;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        Problem(key, $"\"{text}\" is no whole number from 0");
        return 0;
    }

    public TimeSpan Duration(string key, TimeSpan otherwise)
    {
        if (Scalar(key) is not { } text) return otherwise;
        if (PrometheusDuration.TryParse(text, out var duration)) return duration;
        Problem(key, $"\"{text}\" is no duration like 15s or 1h30m");
        return otherwise;
    }

    /// <summary>A size like 10MB, with powers of 1024 as in Prometheus; zero for none.</summary>
    public long Size(string key)
    {
        if (Scalar(key) is not { } text) return 0;
        var digits = text.Length;
        while (digits > 0 && !char.IsAsciiDigit(text[digits - 1])) digits--;
        var power = text[digits..].Trim().ToUpperInvariant() switch
        {
            "" or "B" => 0,
            "KB" or "KIB" => 1,
            "MB" or "MIB" => 2,
            "GB" or "GIB" => 3,
            _ => -1,
        };
        if (power >= 0 && double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * Math.Pow(1024, power) < 1e15)
            return (long)(number * Math.Pow(1024, power));
        Problem(key, $"\"{text}\" is no size like 10MB");
        return 0;
    }

    public Secret? Password(string key) => Scalar(key) is { } text ? new Secret(text) : null;

    public ImmutableArray<string> Texts(string key)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var item in Items(key))
        {
            if (item is ConfigText text) texts.Add(text.Text);
            else Problem(item, key, "expected a text");
        }

        return texts.ToImmutable();
    }

    /// <summary>Keys and texts.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Pairs(string key)
    {
        if (Take(key) is not { } node) return [];
        if (node is not ConfigMap map)
        {
            Problem(node, key, "expected keys and values");
            return [];
        }

        var pairs = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var (name, value) in map.Entries)
        {
            if (value is ConfigText text) pairs.Add(new(name, text.Text));
            else Problem(value, $"{key}.{name}", "expected a text");
        }

        return pairs.ToImmutable();
    }

    /// <summary>The section under a key; null when it is not there.</summary>
    public ConfigSection? Section(string key) => Take(key) is { } node ? new(node, PathOf(key), _problems) : null;

    /// <summary>The sections of a list.</summary>
    public IEnumerable<ConfigSection> Sections(string key) => Items(key).Select((item, i) => new ConfigSection(item, $"{PathOf(key)}[{i}]", _problems));

    public IEnumerable<ConfigNode> Items(string key)
    {
        if (Take(key) is not { } node) return [];
        if (node is ConfigList list) return list.Items;
        Problem(node, key, "expected a list");
        return [];
    }

    /// <summary>Notes what is wrong with a key.</summary>
    public void Problem(string key, string message) => Problem(_entries.GetValueOrDefault(key, _node), key, message);

    /// <summary>All entries as one text, but for some keys: the same entries give the same text.</summary>
    public string Render(params string[] without) =>
        string.Join('\n', _entries.Where(e => !without.Contains(e.Key, StringComparer.Ordinal)).OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={Render(e.Value)}"));

    private static string Render(ConfigNode node) => node switch
    {
        ConfigMap map => $"{{{string.Join('\0', map.Entries.Select(e => $"{e.Key}={Render(e.Value)}"))}}}",
        ConfigList list => $"[{string.Join('\0', list.Items.Select(Render))}]",
        _ => ((ConfigText)node).Text,
    };

    /// <summary>Marks a key as known without reading it.</summary>
    public void Ignore(string key) => _asked.Add(key);

    /// <summary>Notes the keys that nobody asked for.</summary>
    public void End()
    {
        foreach (var (key, node) in _entries)
        {
            if (_asked.Contains(key)) continue;
            var near = _asked.MinBy(a => Distance(a, key));
            Problem(node, key, near is not null && Distance(near, key) <= 3 ? $"unknown field; did you mean {near}?" : "unknown field");
        }
    }

    private string? Scalar(string key)
    {
        if (Take(key) is not { } node) return null;
        if (node is ConfigText text) return text.Text;
        Problem(node, key, "expected a value");
        return null;
    }

    private ConfigNode? Take(string key)
    {
        _asked.Add(key);
        if (!_entries.TryGetValue(key, out var node)) return null;
        // "separator:" and "replacement:" may be empty and mean it; elsewhere nothing is as good as absent.
        return node is ConfigText { Text: "" } && key is not ("separator" or "replacement") ? null : node;
    }

    private void Problem(ConfigNode node, string key, string message) => _problems.Add(new(node.Line, node.Column, PathOf(key), message));

    private string PathOf(string key) => key.Length == 0 ? _path : _path.Length == 0 ? key : $"{_path}.{key}";

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++) (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[b.Length];
    }
}
