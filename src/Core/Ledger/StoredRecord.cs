using System.Text;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Ledger;

/// <summary>A record as its bytes lie in the store, before anything is believed of them: text is UTF-8 or was meant to be.</summary>
public sealed record StoredRecord
{
    private static readonly InstantPattern AtPattern = InstantPattern.CreateWithInvariantCulture(
        "uuuu'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffff'Z'");

    /// <summary>Position in the ledger.</summary>
    public required long Seq { get; init; }

    /// <summary>Stream's name.</summary>
    public required ReadOnlyMemory<byte> Stream { get; init; }

    /// <summary>Position in the stream.</summary>
    public required long Version { get; init; }

    /// <summary>
    /// UTC, ISO 8601, always nine digits of fraction (so that text order is time order): <c>2026-01-31T23:59:59.123000000Z</c>.
    /// </summary>
    public required ReadOnlyMemory<byte> At { get; init; }

    /// <summary>Name and version of the data's shape.</summary>
    public required ReadOnlyMemory<byte> Type { get; init; }

    /// <summary>Who caused it.</summary>
    public required ReadOnlyMemory<byte> Actor { get; init; }

    /// <summary>Seq of the record that led to it.</summary>
    public long? Cause { get; init; }

    /// <summary>Canonical JSON.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Hash of the record before it, lower-case hex.</summary>
    public required ReadOnlyMemory<byte> PreviousHash { get; init; }

    /// <summary>Its own hash, lower-case hex.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>A record's bytes.</summary>
    public static StoredRecord Of(LedgerEvent record) => new()
    {
        Seq = record.Seq,
        Stream = Encoding.UTF8.GetBytes(record.Stream),
        Version = record.Version,
        At = Encoding.UTF8.GetBytes(FormatAt(record.At)),
        Type = Encoding.UTF8.GetBytes(record.Type),
        Actor = Encoding.UTF8.GetBytes(record.Actor),
        Cause = record.Cause,
        Data = Encoding.UTF8.GetBytes(record.Data),
        PreviousHash = Encoding.ASCII.GetBytes(record.PreviousHash),
        Hash = Encoding.ASCII.GetBytes(record.Hash),
    };

    /// <summary>A moment as it is stored and hashed.</summary>
    public static string FormatAt(Instant at) => AtPattern.Format(at);

    /// <summary>A moment as it was stored; null when the text is anything but what <see cref="FormatAt"/> writes.</summary>
    public static Instant? ParseAt(string text) => AtPattern.Parse(text) is { Success: true } parsed ? parsed.Value : null;
}
