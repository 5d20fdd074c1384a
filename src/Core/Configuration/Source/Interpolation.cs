using System.Text;

namespace Fairway.Configuration;

/// <summary>
/// Replaces <c>${NAME}</c> in values by the environment of the command that reads the file. <c>${NAME:-default}</c> when it is not set or
/// empty, <c>${NAME:?message}</c> to demand it, <c>$${</c> for a literal <c>${</c>. <c>$NAME</c> without braces stays: instances get it
/// when they start. The forms are those of POSIX shells (XCU 2.6.2).
/// </summary>
public static class Interpolation
{
    private const int MaxNesting = 8;

    /// <summary>
    /// The same tree with all values replaced; names are left as they are. What cannot be replaced is reported and stays as written.
    /// </summary>
    /// <param name="node">The tree.</param>
    /// <param name="variable">Value of a variable; null when it is not set.</param>
    /// <param name="diagnostics">Where mistakes go.</param>
    public static ConfigurationNode Expand(ConfigurationNode node, Func<string, string?> variable, DiagnosticList diagnostics)
        => node switch
    {
        ScalarNode scalar => Expand(scalar, variable, diagnostics),
        MappingNode mapping => new MappingNode(mapping.At,
            [.. mapping.Entries.Select(entry => entry with { Value = Expand(entry.Value, variable, diagnostics) })]),
        SequenceNode sequence => new SequenceNode(sequence.At, [.. sequence.Items.Select(item => Expand(item, variable, diagnostics))]),
        _ => node,
    };

    private static ScalarNode Expand(ScalarNode scalar, Func<string, string?> variable, DiagnosticList diagnostics)
    {
        if (!scalar.Value.Contains("${", StringComparison.Ordinal)) return scalar;
        var run = new Run(scalar, variable, diagnostics);
        return run.Text(scalar.Value, 0, 0) is { } value ? new ScalarNode(scalar.At, value, scalar.Value, scalar.Plain) : scalar;
    }

    private readonly record struct Run(ScalarNode Scalar, Func<string, string?> Variable, DiagnosticList Diagnostics)
    {
        /// <summary>The replaced text; null when a mistake was reported.</summary>
        public string? Text(string text, int offset, int nesting)
        {
            var result = new StringBuilder();
            var ok = true;
            for (var i = 0; i < text.Length;)
            {
                if (text.AsSpan(i).StartsWith("$${", StringComparison.Ordinal))
                {
                    result.Append("${");
                    i += 3;
                }
                else if (text.AsSpan(i).StartsWith("${", StringComparison.Ordinal))
                {
                    var end = ClosingBrace(text, i + 2);
                    if (end < 0)
                    {
                        Malformed(offset + i, text.Length - i, "\"${\" has no closing \"}\"", null);
                        return null;
                    }
                    var value = Reference(text[(i + 2)..end], offset + i, end + 1 - i, nesting);
                    ok &= value is not null;
                    result.Append(value);
                    i = end + 1;
                }
                else result.Append(text[i++]);
            }
            return ok ? result.ToString() : null;
        }

        private string? Reference(string inside, int offset, int length, int nesting)
        {
            var nameEnd = 0;
            while (nameEnd < inside.Length && (char.IsAsciiLetterOrDigit(inside[nameEnd]) || inside[nameEnd] == '_')) nameEnd++;
            var (name, rest) = (inside[..nameEnd], inside[nameEnd..]);
            if (nameEnd == 0 || char.IsAsciiDigit(name[0]) || !(rest.Length == 0 || rest.StartsWith(":-", StringComparison.Ordinal)
                || rest.StartsWith(":?", StringComparison.Ordinal)))
            {
                var guess = rest.Length > 1 && rest[0] is '-' or '?' ? $"${{{name}:{rest}}}" : inside.Length == 0
                    || inside.Contains('{', StringComparison.Ordinal) ? null : $"$${{{inside}}}";
                Malformed(offset, length, $"\"${{{inside}}}\" is not a reference to a variable", nameEnd > 0 ? guess : null);
                return null;
            }
            if (nesting >= MaxNesting)
            {
                Malformed(offset, length, $"defaults are nested deeper than {MaxNesting}", null);
                return null;
            }
            if (Variable(name) is { } value && (value.Length > 0 || rest.Length == 0)) return value;
            if (rest.StartsWith(":-", StringComparison.Ordinal)) return Text(rest[2..], offset + 2 + nameEnd + 2, nesting + 1);
            NotSet(name, rest.Length > 2 ? rest[2..] : null, offset, length);
            return null;
        }

        private void NotSet(string name, string? message, int offset, int length)
        {
            if (message is not null)
                Diagnostics.Error(DiagnosticCodes.VariableNotSet, Within(offset, length),
                    $"the environment variable {name} is not set: {message}");
            else if (name == "PORT" || name.StartsWith("FAIRWAY_", StringComparison.Ordinal))
                Diagnostics.Error(DiagnosticCodes.VariableNotSet, Within(offset, length),
                    $"{name} is not known yet: instances get it when they start",
                    "no braces for such a variable", $"${name}");
            else
                Diagnostics.Error(DiagnosticCodes.VariableNotSet, Within(offset, length), $"the environment variable {name} is not set",
                    "it to be set, or a default", $"${{{name}:-default}}");
        }

        private void Malformed(int offset, int length, string what, string? didYouMean)
            => Diagnostics.Error(DiagnosticCodes.MalformedInterpolation, Within(offset, length), what,
                "${NAME}, ${NAME:-default}, ${NAME:?message} or $${ for a literal ${", didYouMean);

        /// <summary>
        /// The exact place inside the value, where the value stands on one line just as it is; otherwise the value's own.
        /// </summary>
        private SourcePosition Within(int offset, int length)
        {
            var at = Scalar.At;
            var column = at.Column + offset + (Scalar.Plain ? 0 : 1);
            var line = at.File.Line(at.Line);
            return offset + length <= Scalar.Value.Length && column - 1 + length <= line.Length
                && line.AsSpan(column - 1, length).SequenceEqual(Scalar.Value.AsSpan(offset, length))
                    ? at with { Column = column, Length = length } : at;
        }

        private static int ClosingBrace(string text, int from)
        {
            for (var (i, open) = (from, 0); i < text.Length; i++)
            {
                if (text[i] == '{' && text[i - 1] == '$') open++;
                else if (text[i] == '}' && open-- == 0) return i;
            }
            return -1;
        }
    }
}
