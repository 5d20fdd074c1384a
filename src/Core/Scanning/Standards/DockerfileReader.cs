using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>
/// Reads Dockerfiles (docs.docker.com/reference/dockerfile): parser directives, continuations with comments between, heredocs, flags, stages, <c>ARG</c> before the
/// first stage. At most <see cref="MaxLength"/> characters and <see cref="MaxInstructions"/> instructions.
/// </summary>
public sealed partial class DockerfileReader
{
    /// <summary>Longest file, in characters.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Most instructions.</summary>
    public const int MaxInstructions = 5_000;

    private static readonly ImmutableHashSet<string> Known =
        ["ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    private readonly string[] _lines;
    private readonly List<(int Line, string Text)> _problems = [];
    private int _at;
    private char _escape = '\\';

    private DockerfileReader(string text) => _lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');

    /// <summary>Reads a file; what cannot be read is told and passed over.</summary>
    public static Dockerfile Read(string text)
    {
        if (text.Length > MaxLength) return new([], [], [(1, $"the file is longer than {MaxLength >> 10} Ki characters")]);
        return new DockerfileReader(text.StartsWith('\uFEFF') ? text[1..] : text).File();
    }

    private Dockerfile File()
    {
        Directives();
        var instructions = new List<DockerInstruction>();
        while (_at < _lines.Length && instructions.Count < MaxInstructions)
            if (Next() is { } instruction) instructions.Add(instruction);
        if (_at < _lines.Length) _problems.Add((_at + 1, $"there are more than {MaxInstructions} instructions"));
        var ahead = instructions.TakeWhile(instruction => instruction.Keyword != "FROM").ToImmutableArray();
        foreach (var lost in ahead.Where(instruction => instruction.Keyword != "ARG")) _problems.Add((lost.Line, $"{lost.Keyword} stands before the first FROM"));
        var defaults = Defaults(ahead);
        var stages = ImmutableArray.CreateBuilder<DockerStage>();
        for (var i = ahead.Length; i < instructions.Count;)
        {
            var from = instructions[i++];
            var body = instructions.Skip(i).TakeWhile(instruction => instruction.Keyword != "FROM").ToImmutableArray();
            i += body.Length;
            var words = from.Words;
            if (words.Length == 0) _problems.Add((from.Line, "FROM names no image"));
            var name = words.Length == 3 && words[1].Equals("as", StringComparison.OrdinalIgnoreCase) ? words[2].ToLowerInvariant() : null;
            stages.Add(new(from, words.Length == 0 ? "" : Expand(words[0], defaults), name, body));
        }
        if (stages.Count == 0) _problems.Add((1, "there is no FROM"));
        return new([.. ahead.Where(instruction => instruction.Keyword == "ARG")], stages.ToImmutable(), [.. _problems]);
    }

    // Directives are comments of the form "# name=value" before anything else.
    private void Directives()
    {
        for (; _at < _lines.Length && Directive().Match(_lines[_at]) is { Success: true } match; _at++)
            if (match.Groups["name"].Value.Equals("escape", StringComparison.OrdinalIgnoreCase) && match.Groups["value"].Value is "`" or "\\") _escape = match.Groups["value"].Value[0];
    }

    private DockerInstruction? Next()
    {
        var line = _at + 1;
        var first = _lines[_at++].TrimStart();
        if (first.Length == 0 || first[0] == '#') return null;
        var text = new StringBuilder();
        var part = first;
        while (IsContinued(part))
        {
            text.Append(part.AsSpan(0, part.TrimEnd().Length - 1)).Append(' ');
            // Comments, and lines with nothing, may stand between.
            while (_at < _lines.Length && (_lines[_at].TrimStart().StartsWith('#') || _lines[_at].AsSpan().Trim().IsEmpty)) _at++;
            part = _at < _lines.Length ? _lines[_at++] : "";
        }
        text.Append(part);
        return Instruction(text.ToString().Trim(), line);
    }

    private bool IsContinued(string line)
    {
        var trimmed = line.AsSpan().TrimEnd();
        return !trimmed.IsEmpty && trimmed[^1] == _escape;
    }

    private DockerInstruction? Instruction(string text, int line)
    {
        var blank = text.AsSpan().IndexOfAny(' ', '\t');
        var keyword = (blank < 0 ? text : text[..blank]).ToUpperInvariant();
        var rest = blank < 0 ? "" : text[(blank + 1)..].Trim();
        if (!Known.Contains(keyword))
        {
            _problems.Add((line, $"{(keyword.Length > 30 ? keyword[..30] + "…" : keyword)} is no instruction"));
            return null;
        }
        var flags = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        while (keyword is not ("CMD" or "ENTRYPOINT" or "LABEL" or "ENV") && Flag().Match(rest) is { Success: true } flag)
        {
            flags[flag.Groups["name"].Value] = flag.Groups["value"].Value;
            rest = rest[flag.Length..];
        }
        var heredocs = keyword is "RUN" or "COPY" or "ADD" ? Heredocs(rest) : [];
        return new(keyword, flags.ToImmutable(), rest, line, Math.Max(line, _at)) { Heredocs = heredocs, Exec = List(rest) };
    }

    private ImmutableArray<DockerHeredoc> Heredocs(string rest)
    {
        var found = ImmutableArray.CreateBuilder<DockerHeredoc>();
        foreach (Match match in Heredoc().Matches(rest))
        {
            var name = match.Groups["name"].Value;
            var text = new StringBuilder();
            var begin = _at;
            while (_at < _lines.Length)
            {
                var line = match.Groups["dash"].Success ? _lines[_at].TrimStart('\t') : _lines[_at];
                _at++;
                if (line == name) break;
                text.Append(line).Append('\n');
                if (_at == _lines.Length) _problems.Add((begin, $"<<{name} has no end"));
            }
            found.Add(new(name, text.ToString()));
        }
        return found.ToImmutable();
    }

    private static ImmutableArray<string>? List(string text)
    {
        if (!text.StartsWith('[')) return null;
        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = 4 });
            var items = document.RootElement.EnumerateArray().ToArray();
            return items.All(item => item.ValueKind == JsonValueKind.String) ? [.. items.Select(item => item.GetString()!)] : null;
        }
        catch (JsonException)
        {
            return null; // Docker takes it for a shell's text as well.
        }
    }

    private static Dictionary<string, string> Defaults(ImmutableArray<DockerInstruction> ahead)
    {
        var defaults = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in ahead.Where(instruction => instruction.Keyword == "ARG").SelectMany(instruction => instruction.Words))
            if (word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals) defaults[word[..equals]] = Expand(word[(equals + 1)..].Trim('"', '\''), defaults);
        return defaults;
    }

    private static string Expand(string text, Dictionary<string, string> defaults)
    {
        var expanded = Variable().Replace(text, match => defaults.GetValueOrDefault(match.Groups["name"].Value) is { Length: > 0 } value ? value
            : match.Groups["default"].Success ? match.Groups["default"].Value : match.Value);
        return expanded.Length > 4096 ? text : expanded;
    }

    [GeneratedRegex(@"^\s*#\s*(?<name>[A-Za-z]+)\s*=\s*(?<value>\S.*?)\s*\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Directive();

    [GeneratedRegex(@"^--(?<name>[a-z][a-z-]*)(=(?<value>\S*))?(\s+|\z)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Flag();

    [GeneratedRegex(@"<<(?<dash>-)?[""']?(?<name>[A-Za-z_][A-Za-z0-9_.]*)[""']?", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Heredoc();

    [GeneratedRegex(@"\$(\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(:[-+](?<default>[^}]*))?\}|(?<name>[A-Za-z_][A-Za-z0-9_]*))", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Variable();
}
