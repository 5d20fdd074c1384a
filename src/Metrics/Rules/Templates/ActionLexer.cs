using System.Globalization;
using System.Text;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.Rules.Templates;

/// <summary>What a word of an action is.</summary>
internal enum WordKind
{
    /// <summary>A name: of a function, or a keyword.</summary>
    Name,

    /// <summary><c>.a</c>, or <c>.</c> alone with an empty text.</summary>
    Field,

    /// <summary><c>$a</c>.</summary>
    Variable,

    /// <summary>A number, text or character.</summary>
    Constant,

    /// <summary><c>|</c>, <c>(</c>, <c>)</c>, <c>,</c>, <c>=</c> or <c>:=</c>.</summary>
    Mark,

    /// <summary>Nothing more.</summary>
    End,
}

/// <summary>A word of an action.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written, without the dot of a field.</param>
/// <param name="Value">Of a constant.</param>
/// <param name="Spaced">Whether space stands before it.</param>
internal sealed record Word(WordKind Kind, string Text, object? Value, bool Spaced);

/// <summary>Splits what stands between <c>{{</c> and <c>}}</c> into words.</summary>
internal static class ActionLexer
{
    /// <summary>The words, the last one being the end.</summary>
    /// <param name="action">Without its braces and trim marks.</param>
    public static ImmutableArray<Word> Split(string action)
    {
        var words = ImmutableArray.CreateBuilder<Word>();
        var at = 0;
        while (true)
        {
            var start = at;
            while (at < action.Length && char.IsWhiteSpace(action[at])) at++;
            var spaced = at > start;
            if (at == action.Length)
            {
                words.Add(new(WordKind.End, "", null, spaced));
                return words.ToImmutable();
            }

            words.Add(Next(action, ref at) with { Spaced = spaced });
        }
    }

    private static Word Next(string action, ref int at)
    {
        var c = action[at];
        switch (c)
        {
            case '"' or '\'' or '`':
                return Quoted(action, ref at);
            case '|' or '(' or ')' or ',' or '=':
                at++;
                return new(WordKind.Mark, c.ToString(), null, false);
            case ':' when at + 1 < action.Length && action[at + 1] == '=':
                at += 2;
                return new(WordKind.Mark, ":=", null, false);
            case '$':
                at++;
                return new(WordKind.Variable, "$" + Identifier(action, ref at), null, false);
            case '.' when at + 1 == action.Length || !char.IsAsciiDigit(action[at + 1]):
                at++;
                return new(WordKind.Field, Identifier(action, ref at), null, false);
            case '+' or '-' or '.' or (>= '0' and <= '9'):
                return Number(action, ref at);
            default:
                var name = Identifier(action, ref at);
                return name.Length > 0 ? new(WordKind.Name, name, null, false) : throw new TemplateException($"unexpected {new Rune(char.IsSurrogate(c) ? '?' : c)} in an action");
        }
    }

    private static string Identifier(string action, ref int at)
    {
        var start = at;
        while (at < action.Length && (char.IsLetterOrDigit(action[at]) || action[at] == '_')) at++;
        return action[start..at];
    }

    private static Word Number(string action, ref int at)
    {
        var start = at;
        while (at < action.Length && (char.IsAsciiLetterOrDigit(action[at]) || action[at] is '.' or '_'
            || (action[at] is '+' or '-' && (at == start || action[at - 1] is 'e' or 'E' or 'p' or 'P')))) at++;
        var text = action[start..at];
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return new(WordKind.Constant, text, whole, false);
        if (!GoNumber.TryParse(text, out var number)) throw new TemplateException($"bad number syntax: \"{text}\"");
        return new(WordKind.Constant, text, text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && number <= long.MaxValue ? (long)number : number, false);
    }

    private static Word Quoted(string action, ref int at)
    {
        var (quote, start) = (action[at], at);
        for (at++; at < action.Length && action[at] != quote; at++)
        {
            if (action[at] == '\\' && quote != '`') at++;
        }

        if (at >= action.Length) throw new TemplateException(quote == '\'' ? "unterminated character constant" : quote == '`' ? "unterminated raw quoted string" : "unterminated quoted string");
        at++;
        var text = action[start..at];
        if (quote == '`') return new(WordKind.Constant, text, text[1..^1], false);
        var value = Unescaped(text[1..^1]);
        if (quote == '"') return new(WordKind.Constant, text, value, false);
        var runes = value.EnumerateRunes().ToArray();
        return runes.Length == 1 ? new(WordKind.Constant, text, (long)runes[0].Value, false) : throw new TemplateException($"malformed character constant: {text}");
    }

    private static string Unescaped(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var result = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
            {
                result.Append(text[at]);
                continue;
            }

            at++;
            switch (text[at])
            {
                case 'n': result.Append('\n'); break;
                case 't': result.Append('\t'); break;
                case 'r': result.Append('\r'); break;
                case 'a': result.Append('\a'); break;
                case 'b': result.Append('\b'); break;
                case 'f': result.Append('\f'); break;
                case 'v': result.Append('\v'); break;
                case '\\' or '"' or '\'': result.Append(text[at]); break;
                case 'x': Code(2); break;
                case 'u': Code(4); break;
                case 'U': Code(8); break;
                default: throw new TemplateException($"unknown escape \\{text[at]} in a text");
            }

            void Code(int digits)
            {
                if (at + digits >= text.Length || !int.TryParse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    || !Rune.IsValid(code)) throw new TemplateException("a character's code in a text is invalid");
                result.Append(new Rune(code));
                at += digits;
            }
        }

        return result.ToString();
    }
}
