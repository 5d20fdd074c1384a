using System.Text.Json;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines;

/// <summary>
/// Whether a value of <c>include</c> or <c>exclude</c> means a value of the matrix. As in expressions (GitHub's documentation, "Operators"): loosely, so that
/// <c>20</c> is <c>"20"</c> and <c>linux</c> is <c>Linux</c>. An object need only name part of what the other has; lists match item by item.
/// </summary>
internal static class MatrixComparison
{
    public static bool Matches(MatrixValue wanted, MatrixValue value)
    {
        if (wanted == value) return true;
        using var left = JsonDocument.Parse(wanted.Json);
        using var right = JsonDocument.Parse(value.Json);
        return Matches(left.RootElement, right.RootElement);
    }

    private static bool Matches(JsonElement wanted, JsonElement value)
    {
        if (wanted.ValueKind == JsonValueKind.Object || value.ValueKind == JsonValueKind.Object)
        {
            return wanted.ValueKind == value.ValueKind
                && wanted.EnumerateObject().All(member => value.TryGetProperty(member.Name, out var there) && Matches(member.Value, there));
        }
        if (wanted.ValueKind == JsonValueKind.Array || value.ValueKind == JsonValueKind.Array)
        {
            return wanted.ValueKind == value.ValueKind && wanted.GetArrayLength() == value.GetArrayLength()
                && wanted.EnumerateArray().Zip(value.EnumerateArray()).All(pair => Matches(pair.First, pair.Second));
        }
        return ExpressionComparison.AreEqual(ExpressionJson.Read(wanted), ExpressionJson.Read(value));
    }
}
