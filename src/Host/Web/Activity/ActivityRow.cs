using System.Text.Json;
using Fairway.Baselines;
using Fairway.Catalog;
using Fairway.Ledger;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A record of the ledger in a line.</summary>
public sealed record ActivityRow(long Seq, DateTimeOffset At, string Type, string Stream, string Actor, string Sentence)
{
    private const int Longest = 300;

    /// <summary>In words: its reason where it carries one, else what its data say.</summary>
    public static ActivityRow Of(LedgerEvent record)
        => new(record.Seq, Say.At(record.At), record.Type.Split('.')[0].Replace('-', ' '), record.Stream, record.Actor, Say.Fit(SentenceOf(record), Longest));

    private static string SentenceOf(LedgerEvent record)
    {
        if (RolloutEventCodec.Read(record) is { } happened) return EventReason.Of(happened).Sentence;
        if (BaselineEvent.Read(record) is { } measured) return measured.Why.Sentence;
        using var document = JsonDocument.Parse(record.Data);
        if (record.Type == ReleasesProjection.Created) return $"{document.RootElement.GetProperty("version")} of {document.RootElement.GetProperty("service")} is stored";
        if (document.RootElement.ValueKind != JsonValueKind.Object) return "";
        // A reason is what people want; without one, the plain values are better than nothing.
        var parts = document.RootElement.EnumerateObject()
            .Where(property => property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False && IsForPeople(property.Name))
            .Select(property => $"{Say.Apart(property.Name)} {property.Value}");
        return string.Join(", ", parts);
    }

    // Moments are beside it, and nobody reads a digest; the record's own page has both.
    private static bool IsForPeople(string name)
        => name is not ("at" or "id" or "hash" or "digest") && !name.EndsWith("At", StringComparison.Ordinal) && !name.EndsWith("Hash", StringComparison.Ordinal);
}

/// <summary>Which records are listed.</summary>
/// <param name="Stream">Only this one, or with a slash at its end those that begin so.</param>
/// <param name="Type">Only this type.</param>
/// <param name="Actor">Only this actor's.</param>
/// <param name="All">The judge's looks and effects on their way too.</param>
/// <param name="Cursor">Older than this record; null begins at the newest.</param>
public sealed record ActivityFilter(string? Stream, string? Type, string? Actor, bool All, long? Cursor)
{
    /// <summary>As the query part of an address.</summary>
    public string Address(long? cursor)
    {
        var parts = new List<string>();
        if (Stream is not null) parts.Add("stream=" + Uri.EscapeDataString(Stream));
        if (Type is not null) parts.Add("type=" + Uri.EscapeDataString(Type));
        if (Actor is not null) parts.Add("actor=" + Uri.EscapeDataString(Actor));
        if (All) parts.Add("all=true");
        if (cursor is { } at) parts.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"cursor={at}"));
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }
}
