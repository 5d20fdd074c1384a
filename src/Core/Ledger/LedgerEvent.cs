using NodaTime;

namespace Fairway.Ledger;

/// <summary>A record of the ledger. Append-only; each is hashed together with the one before it.</summary>
/// <param name="Seq">Position in the whole ledger, from 1, without gaps.</param>
/// <param name="Stream">Such as <c>service/production/shop</c>.</param>
/// <param name="Version">Position in the stream, from 1, without gaps.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Type">Name and version of the data's shape, such as <c>rollout-started.v1</c>.</param>
/// <param name="Actor">Who caused it.</param>
/// <param name="Cause">Seq of the record that led to this one; null for a beginning.</param>
/// <param name="Data">Canonical JSON (RFC 8785).</param>
/// <param name="PreviousHash">Hash of the record before it; 64 zeros for the first.</param>
/// <param name="Hash">SHA-256, lower-case hex, over the canonical JSON of all of the above (the exact bytes:
/// <see cref="LedgerHash"/>).</param>
public sealed record LedgerEvent(
    long Seq, string Stream, long Version, Instant At, string Type, string Actor, long? Cause, string Data, string PreviousHash,
    string Hash);

/// <summary>A record about to be appended.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Type">Name and version of the data's shape.</param>
/// <param name="Actor">Who caused it.</param>
/// <param name="Cause">Seq of the record that led to it, if any.</param>
/// <param name="Data">JSON; made canonical when appended.</param>
public sealed record NewEvent(Instant At, string Type, string Actor, long? Cause, string Data);
