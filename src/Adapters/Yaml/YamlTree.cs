using System.Globalization;
using Fairway.Configuration;
using Fairway.Kernel;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fairway.Adapters.Yaml;

/// <summary>
/// Reads YAML text into nodes with positions. Values stay text whatever they look like. Anchors, aliases and merge keys are followed within
/// limits; what stands before a syntax error is kept, so that its mistakes can be told as well.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>Deepest nesting.</summary>
    public const int MaxDepth = 64;

    /// <summary>Most values of one file once its aliases are followed.</summary>
    public const int MaxNodes = 100_000;

    private const string CoreTags = "tag:yaml.org,2002:";

    private readonly SourceFile _file;
    private readonly DiagnosticList _diagnostics;
    private readonly Stack<Frame> _open = new();
    private readonly Dictionary<string, (ConfigurationNode Node, int Size)> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _openAnchors = new(StringComparer.Ordinal);
    private ConfigurationNode? _root;
    private SourcePosition? _last;
    private bool _tooMany;

    private YamlTree(SourceFile file, DiagnosticList diagnostics) => (_file, _diagnostics) = (file, diagnostics);

    /// <summary>Reads a file's text. The tree is null only when the file's top level is no mapping.</summary>
    /// <returns>The tree, and whether the text could be read to its end.</returns>
    public static (MappingNode? Root, bool Complete) Read(SourceFile file, DiagnosticList diagnostics)
    {
        var (root, complete) = ReadAny(file, diagnostics);
        if (root is null or ScalarNode { IsNull: true }) root = new MappingNode(file.Start, []);
        if (root is MappingNode mapping) return (mapping, complete);
        diagnostics.Error(DiagnosticCodes.WrongKind, root.At, $"the file is {root.Kind}", "a mapping with services");
        return (null, false);
    }

    /// <summary>The same for a file whose top level may be anything; null when there is nothing in it.</summary>
    public static (ConfigurationNode? Root, bool Complete) ReadAny(SourceFile file, DiagnosticList diagnostics)
    {
        var tree = new YamlTree(file, diagnostics);
        var complete = tree.Run();
        return (tree._root, complete);
    }

    private bool Run()
    {
        var complete = true;
        try
        {
            var parser = new Parser(new Scanner(new StringReader(_file.Text), skipComments: true));
            var documents = 0;
            while (complete && parser.MoveNext())
            {
                if (parser.Current is DocumentStart start && ++documents > 1)
                {
                    _diagnostics.Error(DiagnosticCodes.SeveralDocuments, At(start.Start, start.End), "a second document begins here",
                        "one document in a file");
                    break;
                }
                _last = At(parser.Current!.Start, parser.Current.End);
                complete = Accept(parser.Current);
            }
        }
        catch (YamlException syntax)
        {
            YamlSyntax.Report(_file, syntax, _diagnostics);
            complete = false;
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // The scanner throws these for some characters that YAML does not know, without a place: what it read last is the nearest there
            // is.
            _diagnostics.Error(DiagnosticCodes.Syntax, _last ?? _file.Start, "not YAML: the text after this cannot be read",
                "no unusual characters outside quotes");
            complete = false;
        }
        while (_open.Count > 0) Close();
        return complete;
    }

    private bool Accept(ParsingEvent parsed)
    {
        switch (parsed)
        {
            case MappingStart or SequenceStart:
                return Open((NodeEvent)parsed);
            case MappingEnd or SequenceEnd:
                Close();
                return true;
            case Scalar scalar:
                CheckTag(scalar);
                var node = new ScalarNode(At(scalar.Start, scalar.End), scalar.Value, scalar.Value, scalar.Style == ScalarStyle.Plain);
                return Place(node, 1, Anchor(scalar));
            case AnchorAlias alias:
                return Follow(alias);
            default:
                return true;
        }
    }

    private bool Open(NodeEvent start)
    {
        CheckTag(start);
        if (_open.Count >= MaxDepth)
        {
            _diagnostics.Error(DiagnosticCodes.TooComplex, At(start.Start, start.End), "the nesting is too deep",
                $"at most {MaxDepth} levels");
            return false;
        }
        var anchor = Anchor(start);
        if (anchor is not null) _openAnchors.Add(anchor);
        _open.Push(new Frame(At(start.Start, start.End), start is MappingStart, anchor));
        return true;
    }

    private void Close()
    {
        var frame = _open.Pop();
        if (frame.Anchor is not null) _openAnchors.Remove(frame.Anchor);
        ConfigurationNode node = frame.IsMapping ? new MappingNode(frame.At, frame.JoinedEntries())
            : new SequenceNode(frame.At, [.. frame.Items]);
        Place(node, frame.Size + 1, frame.Anchor);
    }

    private bool Follow(AnchorAlias alias)
    {
        var name = alias.Value.Value;
        var at = At(alias.Start, alias.End);
        if (_anchors.TryGetValue(name, out var known))
            return Place(known.Node is ScalarNode scalar ? new ScalarNode(at, scalar.Value, scalar.Value, scalar.Plain) : known.Node,
            known.Size, null);
        if (_openAnchors.Contains(name)) _diagnostics.Error(DiagnosticCodes.Alias, at, $"*{name} refers to what it is part of");
        else if (name.StartsWith('.'))
            _diagnostics.Error(DiagnosticCodes.Alias, at, $"*{name} is an alias in YAML", "quotes around text that begins with *",
            $"\"*{name}\"");
        else _diagnostics.Error(DiagnosticCodes.Alias, at, $"*{name} has no anchor &{name} before it", null,
            NearestName.Of(name, _anchors.Keys) is { } near ? "*" + near : null);
        return Place(new ScalarNode(at, "", "", plain: true), 1, null);
    }

    /// <summary>Puts a finished node where it belongs. False when there are too many.</summary>
    private bool Place(ConfigurationNode node, int size, string? anchor)
    {
        if (anchor is not null) _anchors[anchor] = (node, size);
        if (_open.Count == 0)
        {
            _root ??= node;
            return true;
        }
        var frame = _open.Peek();
        frame.Size += size;
        if (frame.Size > MaxNodes && !_tooMany)
        {
            _tooMany = true;
            _diagnostics.Error(DiagnosticCodes.TooComplex, node.At, "the file has too many values once its aliases are followed",
                string.Create(CultureInfo.InvariantCulture, $"at most {MaxNodes:N0}"));
        }
        if (_tooMany) return false;
        if (!frame.IsMapping) frame.Items.Add(node);
        else if (frame.Key is { } key)
        {
            frame.Key = null;
            AddEntry(frame, key, node);
        }
        else if (node is ScalarNode name) frame.Key = name;
        else
        {
            _diagnostics.Error(DiagnosticCodes.WrongKind, node.At, $"a name is {node.Kind}", "text before the colon");
            frame.Key = new ScalarNode(node.At, "", "", plain: true);
        }
        return true;
    }

    private void AddEntry(Frame frame, ScalarNode key, ConfigurationNode value)
    {
        if (key is { Plain: true, Value: "<<" })
        {
            Merge(frame, key, value);
            return;
        }
        if (key.Value.Length == 0 && key.Plain) return;
        if (frame.Entries.Find(entry => entry.Name == key.Value) is { } first)
            _diagnostics.Error(DiagnosticCodes.DuplicateKey, key.At, $"{key.Value} is already given in this mapping", null, null,
                new RelatedPlace(first.Key.At, "first given here"));
        else frame.Entries.Add(new MappingEntry(key, value));
    }

    private void Merge(Frame frame, ScalarNode key, ConfigurationNode value)
    {
        foreach (var source in value is SequenceNode list ? list.Items : [value])
        {
            if (source is MappingNode mapping) frame.Merged.AddRange(mapping.Entries);
            else if (!source.IsNull)
                _diagnostics.Error(DiagnosticCodes.Alias, key.At, $"<< is given {source.Kind}", "a mapping, or a list of mappings");
        }
    }

    private void CheckTag(NodeEvent node)
    {
        if (node.Tag.IsEmpty || node.Tag.IsNonSpecific) return;
        var tag = node.Tag.Value;
        if (tag.StartsWith(CoreTags, StringComparison.Ordinal)
            && tag[CoreTags.Length..] is "str" or "int" or "float" or "bool" or "null" or "map" or "seq") return;
        _diagnostics.Error(DiagnosticCodes.Alias, At(node.Start, node.Start), $"the tag {tag} means nothing here",
            "no tag, or quotes around text that begins with !");
    }

    private static string? Anchor(NodeEvent node) => node.Anchor.IsEmpty ? null : node.Anchor.Value;

    private SourcePosition At(Mark start, Mark end) => YamlSyntax.Position(_file, start, end);

    private sealed class Frame(SourcePosition at, bool isMapping, string? anchor)
    {
        public SourcePosition At { get; } = at;

        public bool IsMapping { get; } = isMapping;

        public string? Anchor { get; } = anchor;

        public List<MappingEntry> Entries { get; } = [];

        public List<MappingEntry> Merged { get; } = [];

        public List<ConfigurationNode> Items { get; } = [];

        public ScalarNode? Key { get; set; }

        public int Size { get; set; }

        /// <summary>
        /// Its own entries, then those merged in that it does not have; of several the earlier one (yaml.org/type/merge).
        /// </summary>
        public ImmutableArray<MappingEntry> JoinedEntries()
        {
            var names = Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
            return [.. Entries, .. Merged.Where(entry => names.Add(entry.Name))];
        }
    }
}
