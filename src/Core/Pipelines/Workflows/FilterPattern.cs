namespace Fairway.Pipelines.Workflows;

/// <summary>
/// A pattern of <c>branches</c>, <c>tags</c> or <c>paths</c> (GitHub's documentation, "Filter pattern cheat sheet"): <c>*</c> is any
/// letters but <c>/</c>, <c>**</c> any at all, <c>?</c> none or one of what stands before it, <c>+</c> one or more of it, <c>[a-z]</c> one
/// letter or digit, <c>\</c> takes the next sign as it is. <c>**/</c> at a folder's place is also no folder. Case counts, and the whole
/// text must match. Matching costs at most the pattern's length times the text's.
/// </summary>
public sealed class FilterPattern
{
    private const int Longest = 1000;

    private readonly ImmutableArray<Part> _parts;

    private FilterPattern(ImmutableArray<Part> parts, bool negated) => (_parts, Negated) = (parts, negated);

    /// <summary>Whether it begins with <c>!</c>: it takes out what earlier ones let in.</summary>
    public bool Negated { get; }

    /// <summary>Reads a pattern. The problem says what is wrong and where, from 0.</summary>
    public static (FilterPattern? Pattern, (int Offset, string What)? Problem) Parse(string text)
    {
        if (text.Length is 0 or > Longest) return (null, (0, text.Length == 0 ? "the pattern is empty"
            : $"the pattern is longer than {Longest}"));
        var negated = text[0] == '!';
        var parts = ImmutableArray.CreateBuilder<Part>();
        var i = negated ? 1 : 0;
        if (i == text.Length) return (null, (0, "there is no pattern after !"));
        while (i < text.Length)
        {
            var at = i;
            switch (text[i])
            {
                case '*':
                    while (i < text.Length && text[i] == '*') i++;
                    var folders = i - at >= 2 && i < text.Length && text[i] == '/' && (at == (negated ? 1 : 0) || text[at - 1] == '/');
                    parts.Add(new(i - at >= 2 ? folders ? Kind.Folders : Kind.Anything : Kind.NoSlash, '\0', default, true, true));
                    if (folders) i++;
                    break;
                case '?' or '+':
                    if (parts.Count == 0) return (null, (at, $"there is nothing before {text[i]}"));
                    if (at > 0 && text[at - 1] is '?' or '+' && !(at > 1 && text[at - 2] == '\\'))
                        return (null, (at, $"{text[i]} follows another {text[at - 1]}"));
                    parts[^1] = text[i] == '?' ? parts[^1] with { Optional = true } : parts[^1] with { Repeated = true };
                    i++;
                    break;
                case '[':
                    var close = text.IndexOf(']', i);
                    if (close < 0) return (null, (at, "[ has no closing ]"));
                    if (Letters(text[(i + 1)..close]) is not { } letters) return (null,
                        (at, "inside [ ] are letters, digits and ranges of them, such as [a-z0-9]"));
                    parts.Add(new(Kind.OneOf, '\0', letters, false, false));
                    i = close + 1;
                    break;
                case '\\':
                    if (i + 1 == text.Length) return (null, (at, "\\ ends the pattern"));
                    parts.Add(new(Kind.Letter, text[i + 1], default, false, false));
                    i += 2;
                    break;
                default:
                    parts.Add(new(Kind.Letter, text[i++], default, false, false));
                    break;
            }
        }
        return (new(parts.ToImmutable(), negated), null);
    }

    /// <summary>Whether it matches, its <c>!</c> aside.</summary>
    public bool Matches(string text)
    {
        // The parts that may come next, after each letter (Thompson's simulation).
        var (current, next) = (new bool[_parts.Length + 1], new bool[_parts.Length + 1]);
        Enter(current, 0);
        for (var i = 0; i < text.Length; i++)
        {
            Array.Clear(next);
            for (var p = 0; p < _parts.Length; p++)
            {
                if (!current[p] || !_parts[p].Takes(text[i])) continue;
                var part = _parts[p];
                if (part.Kind != Kind.Folders)
                {
                    Enter(next, p + 1);
                    if (part.Repeated) next[p] = true;
                }
                else
                {
                    next[p] = true;
                    if (text[i] == '/') Enter(next, p + 1);
                }
            }
            (current, next) = (next, current);
        }
        return current[_parts.Length];
    }

    /// <summary>
    /// Whether a list of patterns lets a text in: the last one that matches decides, and with none it does not.
    /// </summary>
    public static bool Selects(IEnumerable<FilterPattern> patterns, string text)
    {
        var selected = false;
        foreach (var pattern in patterns)
            if (pattern.Negated == selected && pattern.Matches(text)) selected = !pattern.Negated;
        return selected;
    }

    private void Enter(bool[] states, int part)
    {
        while (true)
        {
            states[part] = true;
            if (part == _parts.Length || !_parts[part].Optional) return;
            part++;
        }
    }

    private static string? Letters(string inside)
    {
        var letters = new System.Text.StringBuilder();
        for (var i = 0; i < inside.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(inside[i])) return null;
            if (i + 2 < inside.Length && inside[i + 1] == '-')
            {
                var (from, to) = (inside[i], inside[i + 2]);
                var same = char.IsAsciiDigit(from) && char.IsAsciiDigit(to) || char.IsAsciiLetterLower(from) && char.IsAsciiLetterLower(to)
                    || char.IsAsciiLetterUpper(from) && char.IsAsciiLetterUpper(to);
                if (!same || from > to) return null;
                for (var letter = from; letter <= to; letter++) letters.Append(letter);
                i += 2;
            }
            else letters.Append(inside[i]);
        }
        return letters.Length == 0 ? null : letters.ToString();
    }

    private enum Kind
    {
        Letter,
        OneOf,
        NoSlash,
        Anything,
        Folders,
    }

    private readonly record struct Part(Kind Kind, char Letter, string? Letters, bool Optional, bool Repeated)
    {
        public bool Takes(char letter) => Kind switch
        {
            Kind.Letter => letter == Letter,
            Kind.OneOf => Letters!.Contains(letter, StringComparison.Ordinal),
            Kind.NoSlash => letter != '/',
            _ => true,
        };
    }
}
