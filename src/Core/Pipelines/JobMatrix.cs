using System.Text.Json;
using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>A value of a matrix: any JSON.</summary>
/// <param name="Json">Canonical JSON.</param>
public readonly record struct MatrixValue(string Json)
{
    /// <summary>A text.</summary>
    public static MatrixValue Of(string text) => new(FairwayJson.Write(text));

    /// <summary>As it is shown: a text without its quotes, anything else as JSON.</summary>
    public string Text
    {
        get
        {
            using var document = JsonDocument.Parse(Json);
            return document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString()! : Json;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>A dimension of a matrix.</summary>
/// <param name="Name">Read as <c>matrix.NAME</c>.</param>
/// <param name="Values">Its values, in the order of the file; empty with an expression.</param>
/// <param name="Expression">An expression that gives the list of values; null when they are written out.</param>
public sealed record MatrixAxis(string Name, ImmutableArray<MatrixValue> Values, string? Expression = null);

/// <summary>A job for each combination of values.</summary>
public sealed record JobMatrix
{
    /// <summary>Most combinations of one job.</summary>
    public const int MostCombinations = 256;

    /// <summary>The dimensions.</summary>
    public ImmutableArray<MatrixAxis> Axes { get; init; } = [];

    /// <summary>
    /// Added to each combination whose own values it does not contradict; one that fits none is a combination by itself.
    /// </summary>
    public ImmutableArray<ImmutableSortedDictionary<string, MatrixValue>> Include { get; init; } = [];

    /// <summary>Combinations that have all of these values are left out.</summary>
    public ImmutableArray<ImmutableSortedDictionary<string, MatrixValue>> Exclude { get; init; } = [];

    /// <summary>An expression that gives the list for <see cref="Include"/>; null when it is written out.</summary>
    public string? IncludeExpression { get; init; }

    /// <summary>An expression that gives the list for <see cref="Exclude"/>; null when it is written out.</summary>
    public string? ExcludeExpression { get; init; }

    /// <summary>An expression that gives all of it as an object; null when it is written out.</summary>
    public string? Expression { get; init; }

    /// <summary>Whether the others are cancelled when one has failed.</summary>
    public bool FailFast { get; init; } = true;

    /// <summary>Most of them at once; null is no limit of its own.</summary>
    public int? MaxParallel { get; init; }
}
