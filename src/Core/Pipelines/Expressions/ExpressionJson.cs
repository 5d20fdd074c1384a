using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fairway.Pipelines.Expressions;

/// <summary>Values from JSON (RFC 8259) and to it.</summary>
public static class ExpressionJson
{
    /// <summary>A value from JSON that this program made itself.</summary>
    /// <exception cref="JsonException">It is malformed.</exception>
    public static ExpressionValue Read(JsonElement element) => Of(element, new ExpressionBudget(ExpressionLimits.Default));

    /// <summary>A value from a text, within limits.</summary>
    /// <exception cref="ExpressionFailure">It is no JSON, or too much.</exception>
    internal static ExpressionValue Read(string text, ExpressionBudget budget)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new ExpressionFailure("fromJSON is given an empty text, which is no JSON");
        budget.Text(text.Length);
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = budget.Limits.JsonDepth });
            return Of(document.RootElement, budget);
        }
        catch (JsonException malformed)
        {
            throw new ExpressionFailure(string.Create(CultureInfo.InvariantCulture,
                $"fromJSON is given a text that is no JSON: line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}"));
        }
        catch (Exception invalid) when (invalid is InvalidOperationException or ArgumentException)
        {
            // Half a surrogate pair, written out or escaped.
            throw new ExpressionFailure("fromJSON is given a text with half a character in it");
        }
    }

    /// <summary>JSON with an indentation of two blanks.</summary>
    /// <exception cref="ExpressionFailure">It is too much.</exception>
    internal static string Write(ExpressionValue value, ExpressionBudget budget)
    {
        var text = new StringBuilder();
        Write(text, value, 0, budget);
        return text.ToString();
    }

    private static ExpressionValue Of(JsonElement element, ExpressionBudget budget)
    {
        budget.Values(1);
        return element.ValueKind switch
        {
            JsonValueKind.True => ExpressionValue.True,
            JsonValueKind.False => ExpressionValue.False,
            JsonValueKind.Number => ExpressionValue.Of(element.GetDouble()),
            JsonValueKind.String => ExpressionValue.Of(element.GetString()),
            JsonValueKind.Array => ExpressionValue.Of([.. element.EnumerateArray().Select(item => Of(item, budget))]),
            JsonValueKind.Object => new ObjectValue(element.EnumerateObject()
                .Select(member => KeyValuePair.Create(member.Name, Of(member.Value, budget)))),
            _ => ExpressionValue.Null,
        };
    }

    private static void Write(StringBuilder text, ExpressionValue value, int depth, ExpressionBudget budget)
    {
        if (depth > budget.Limits.JsonDepth) throw new ExpressionFailure($"the value is nested deeper than {budget.Limits.JsonDepth}");
        var before = text.Length;
        switch (value)
        {
            case StringValue written:
                Quote(text, written.Value);
                break;
            case ArrayValue { Items: var items }:
                text.Append('[');
                for (var i = 0; i < items.Length; i++)
                {
                    NewLine(text, i > 0, depth + 1, budget);
                    Write(text, items[i], depth + 1, budget);
                }
                if (items.Length > 0) NewLine(text, false, depth, budget);
                text.Append(']');
                budget.Text(2);
                return;
            case ObjectValue { Members: var members }:
                text.Append('{');
                for (var i = 0; i < members.Length; i++)
                {
                    NewLine(text, i > 0, depth + 1, budget);
                    var start = text.Length;
                    Quote(text, members[i].Key);
                    text.Append(": ");
                    budget.Text(text.Length - start);
                    Write(text, members[i].Value, depth + 1, budget);
                }
                if (members.Length > 0) NewLine(text, false, depth, budget);
                text.Append('}');
                budget.Text(2);
                return;
            case NullValue:
                text.Append("null");
                break;
            default:
                text.Append(value.ToText());
                break;
        }
        budget.Text(text.Length - before);
    }

    private static void NewLine(StringBuilder text, bool comma, int depth, ExpressionBudget budget)
    {
        if (comma) text.Append(',');
        text.Append('\n').Append(' ', 2 * depth);
        budget.Text(2 + 2 * depth);
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var letter = value[i];
            var escaped = letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' or '\u2028' or '\u2029' or '\u0085' => Escape(letter),
                _ when char.IsSurrogate(letter) && !IsPair(value, i) => Escape(letter),
                _ => null,
            };
            if (escaped is null) text.Append(letter);
            else text.Append(escaped);
        }
        text.Append('"');
    }

    private static string Escape(char letter) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");

    private static bool IsPair(string text, int i)
        => char.IsHighSurrogate(text[i]) ? i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])
            : i > 0 && char.IsHighSurrogate(text[i - 1]);
}
