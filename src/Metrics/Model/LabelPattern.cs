using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Fairway.Re2;

namespace Fairway.Metrics.Model;

/// <summary>
/// An RE2 expression that has to match a whole label value. Linear in the length of the value: what is literal is compared, the rest
/// runs on .NET's
/// non-backtracking engine. One difference to RE2 is known: <c>\b</c> takes letters beyond ASCII for parts of words.
/// </summary>
public sealed class LabelPattern
{
    private const int MostLength = 100_000;

    // As in Prometheus (model/labels/regexp.go), "." takes line feeds.
    private static readonly Re2Options Dialect = new(DotAll: true);

    private readonly Re2Node _node;
    private readonly FrozenSet<string>? _texts;
    private readonly string _prefix = "";
    private readonly string _suffix = "";
    private readonly string? _contained;
    private readonly int _least;
    private readonly bool _isSimple;
    private Regex? _regex;

    private LabelPattern(string text, Re2Node node)
    {
        (Text, _node) = (text, node);
        if (LiteralForms.Texts(node) is { } texts)
        {
            Literals = texts;
            _texts = texts.ToFrozenSet(StringComparer.Ordinal);
            return;
        }

        var parts = LiteralForms.Parts(node);
        (_prefix, var taken) = LiteralForms.Leading(parts);
        if (taken < parts.Count && LiteralForms.IsAnything(parts[taken], out var least) && least <= 1)
        {
            var (suffix, more) = LiteralForms.Leading([.. parts.Skip(taken + 1)]);
            (_suffix, _least) = (suffix, _prefix.Length + suffix.Length + least);
            _isSimple = taken + 1 + more == parts.Count;
            if (!_isSimple && taken + 2 + more == parts.Count && _prefix.Length == 0 && least == 0
                && LiteralForms.IsAnything(parts[^1], out var after) && after == 0) (_contained, _isSimple) = (suffix, true);
            if (!_isSimple || _contained is not null) _suffix = "";
        }

        _regex = _isSimple ? null : Compile(DotNetPattern.Anchored(_node));
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>All values that fit, when they are few (<c>a|b|c</c>): an index looks them up. Null otherwise.</summary>
    public IReadOnlyList<string>? Literals { get; }

    /// <summary>What every value that fits starts with; may be empty.</summary>
    public string Prefix => _prefix;

    /// <summary>Whether every value fits, the absent one too: <c>.*</c>.</summary>
    public bool MatchesEverything => _isSimple && _contained is null && _least == 0;

    /// <summary>Whether every value but the empty one fits: <c>.+</c>.</summary>
    public bool MatchesAllButEmpty => _isSimple && _contained is null && _least == 1 && _prefix.Length + _suffix.Length == 0;

    /// <summary>Parses an expression.</summary>
    /// <exception cref="FormatException">It is not RE2; the message says what is wrong and where.</exception>
    public static LabelPattern Parse(string text)
    {
        if (text.Length > MostLength)
            throw new FormatException($"error parsing regexp: expression of {text.Length} characters is longer than {MostLength}");
        try
        {
            return new(text, Re2Parser.Parse(text, Dialect));
        }
        catch (FormatException error)
        {
            throw new FormatException("error parsing regexp: " + error.Message, error);
        }
    }

    /// <summary>Whether a whole value fits; an absent label has the value "".</summary>
    public bool Matches(string value)
    {
        if (_texts is not null) return _texts.Contains(value);
        if (_contained is not null) return value.Contains(_contained, StringComparison.Ordinal);
        if (!value.StartsWith(_prefix, StringComparison.Ordinal)) return false;
        return _isSimple ? value.Length >= _least && value.EndsWith(_suffix, StringComparison.Ordinal) : _regex!.IsMatch(value);
    }

    /// <summary>
    /// A template with <c>$1</c>, <c>${1}</c> and <c>${name}</c> replaced by what the groups matched (Go, regexp.Expand).
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="template">The template.</param>
    /// <param name="most">Characters the result may have.</param>
    /// <returns>Null when the value does not fit.</returns>
    /// <exception cref="FormatException">The result would be longer.</exception>
    public string? Expand(string value, string template, int most = int.MaxValue)
    {
        var match = (_regex ??= Compile(DotNetPattern.Anchored(_node))).Match(value);
        return match.Success ? Filled(match, template, most) : null;
    }

    /// <summary>A text with each place where the expression fits replaced by a template (Go, regexp.ReplaceAllString).</summary>
    /// <param name="text">The text; the expression is looked for anywhere in it.</param>
    /// <param name="template">As for <see cref="Expand"/>.</param>
    public string ReplaceAll(string text, string template) =>
        Compile(DotNetPattern.Anywhere(_node)).Replace(text, match => Filled(match, template, int.MaxValue));

    private string Filled(Match match, string template, int most)
    {
        var result = new StringBuilder();
        for (var at = 0; at < template.Length; at++)
        {
            if (template[at] != '$') result.Append(template[at]);
            else if (at + 1 < template.Length && template[at + 1] == '$')
            {
                result.Append('$');
                at++;
            }
            else if (Reference(template, at + 1) is var (name, end) && end > 0)
            {
                result.Append(Group(match, name));
                if (result.Length > most) throw new FormatException($"the replacement is longer than {most} characters");
                at = end - 1;
            }
            else result.Append('$');
        }

        return result.ToString();
    }

    private static (string Name, int End) Reference(string template, int at)
    {
        var braced = at < template.Length && template[at] == '{';
        var start = braced ? at + 1 : at;
        var end = start;
        while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_')) end++;
        if (end == start || (braced && (end >= template.Length || template[end] != '}'))) return ("", 0);
        return (template[start..end], braced ? end + 1 : end);
    }

    private string Group(Match match, string name)
    {
        if (name.All(char.IsAsciiDigit))
            return name.Length < 5 && !(name.Length > 1 && name[0] == '0')
                ? match.Groups[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)].Value : "";
        var found = "";
        var number = 0;
        foreach (var capture in Captures(_node))
        {
            number++;
            if (capture == name && match.Groups[number].Success) found = match.Groups[number].Value;
        }

        return found;
    }

    private static IEnumerable<string?> Captures(Re2Node node) => node switch
    {
        CaptureNode c => Captures(c.Inner).Prepend(c.Name),
        RepeatNode r => Captures(r.Inner),
        ConcatNode c => c.Parts.SelectMany(Captures),
        AlternateNode a => a.Branches.SelectMany(Captures),
        _ => [],
    };

    private Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"{error.Message}: `{Text}`", error);
        }
    }

    public override string ToString() => Text;
}
