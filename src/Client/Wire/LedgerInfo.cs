using System.Text.Json;

namespace Fairway.Client.Wire;

/// <summary>A record of the ledger, as <c>GET /api/events</c> streams it.</summary>
/// <param name="Seq">Position in the whole ledger, from 1, without gaps.</param>
/// <param name="Stream">Such as <c>service/production/shop</c>.</param>
/// <param name="Version">Position in the stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Type">Name and version of the data's shape.</param>
/// <param name="Actor">Who caused it.</param>
/// <param name="Cause">Seq of the record that led to it.</param>
/// <param name="Data">Its data.</param>
/// <param name="Hash">SHA-256 over the record and the hash before it.</param>
public sealed record EventInfo(long Seq, string Stream, long Version, DateTimeOffset At, string Type, string Actor, long? Cause, JsonElement Data, string Hash);

/// <summary>Answer of <c>POST /api/ledger/verify</c>.</summary>
/// <param name="Records">Records read.</param>
/// <param name="LastHash">Hash of the last one.</param>
/// <param name="Problems">One sentence per broken record; empty when all is well.</param>
public sealed record LedgerVerification(long Records, string LastHash, IReadOnlyList<string> Problems);

/// <summary>Answer of <c>POST /api/ledger/rebuild</c>.</summary>
/// <param name="Records">Records read.</param>
public sealed record LedgerRebuild(long Records);

/// <summary>A line that an instance wrote.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Instance">Who wrote it.</param>
/// <param name="Stream"><c>stdout</c> or <c>stderr</c>.</param>
/// <param name="Text">Without its line end.</param>
public sealed record LogLineInfo(DateTimeOffset At, string Instance, string Stream, string Text);

/// <summary>Which log lines are wanted; what is null does not matter.</summary>
/// <param name="Text">Contained, in any case.</param>
/// <param name="Level">At least so grave: <c>trace</c>, <c>debug</c>, <c>info</c>, <c>warning</c>, <c>error</c> or <c>critical</c>.</param>
/// <param name="Request">A request's id.</param>
/// <param name="Since">A moment (ISO 8601), or how long ago at most, such as <c>5m</c>.</param>
public sealed record LogFilter(string? Text = null, string? Level = null, string? Request = null, string? Since = null);

/// <summary>Answer of <c>POST /api/configuration/reload</c>: the file now in force.</summary>
/// <param name="File">Absolute path.</param>
/// <param name="Services">Services in it, as <c>environment/service</c>.</param>
public sealed record ConfigurationInfo(string File, IReadOnlyList<string> Services);

/// <summary>Answer of <c>POST /api/down</c>.</summary>
/// <param name="InstancesStopped">Instances that were asked to stop and are gone.</param>
/// <param name="EdgeStopped">Whether an edge ran and is gone.</param>
public sealed record DownInfo(int InstancesStopped, bool EdgeStopped);
