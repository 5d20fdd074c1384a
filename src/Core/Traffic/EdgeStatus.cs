namespace Fairway.Traffic;

/// <summary>How the edge is, as its admin API tells it.</summary>
public sealed record EdgeStatus
{
    /// <summary>See <see cref="EdgeCounters.Epoch"/>.</summary>
    public required string Epoch { get; init; }

    /// <summary>Version of the program.</summary>
    public required string Build { get; init; }

    /// <summary>Its process id.</summary>
    public required int Pid { get; init; }

    /// <summary>Seconds since it started.</summary>
    public required double UptimeSeconds { get; init; }

    /// <summary>Version of the table in force.</summary>
    public required long TableVersion { get; init; }

    /// <summary>Whether that table is safe on disk.</summary>
    public required bool TableStored { get; init; }

    /// <summary>Whether the whole edge is draining before it ends.</summary>
    public required bool Draining { get; init; }

    /// <summary>Where it listens, as URLs.</summary>
    public required ImmutableArray<string> Listeners { get; init; }

    /// <summary>What a person should know, such as a table file that could not be read.</summary>
    public required ImmutableArray<string> Notices { get; init; }

    /// <summary>Requests that no service took; answered 404.</summary>
    public long Unrouted { get; init; }

    /// <summary>Each service in the table.</summary>
    public required ImmutableArray<EdgeServiceStatus> Services { get; init; }

    /// <summary>Each instance in the table, and those that left it and still hold exchanges.</summary>
    public required ImmutableArray<EdgeInstanceStatus> Instances { get; init; }
}

/// <summary>A service at the edge.</summary>
/// <param name="Environment">Environment's name.</param>
/// <param name="Service">Service's name.</param>
/// <param name="Generation">Generation of its routes.</param>
/// <param name="Active">Requests that hold a place of its concurrency limit.</param>
/// <param name="Queued">Requests that wait for one.</param>
/// <param name="Circuit"><c>closed</c>, <c>open</c> or <c>halfOpen</c>.</param>
/// <param name="Diverted">Requests that left their arm of the split because it had no usable instance.</param>
/// <param name="Refused">Requests answered by the edge because they could not be passed on: a full queue, a wait too long, an open circuit, no instance.</param>
public sealed record EdgeServiceStatus(
    string Environment, string Service, long Generation, int Active, int Queued, string Circuit, long Diverted, EdgeRefusals Refused);

/// <summary>Requests that the edge answered 503 itself, by reason.</summary>
/// <param name="QueueFull">The service's queue was full.</param>
/// <param name="QueueTimeout">Their turn did not come in time.</param>
/// <param name="CircuitOpen">The service's circuit was open.</param>
/// <param name="NoInstance">There was no instance to send them to.</param>
public sealed record EdgeRefusals(long QueueFull, long QueueTimeout, long CircuitOpen, long NoInstance)
{
    /// <summary>None.</summary>
    public static EdgeRefusals None { get; } = new(0, 0, 0, 0);
}

/// <summary>An instance at the edge.</summary>
/// <param name="Environment">Environment's name.</param>
/// <param name="Service">Service's name.</param>
/// <param name="Instance">Instance id.</param>
/// <param name="Address"><c>host:port</c>.</param>
/// <param name="InFlight">Exchanges and upgraded connections now open.</param>
/// <param name="Upgraded">Of these, upgraded connections.</param>
/// <param name="Draining">Whether it takes no new requests.</param>
/// <param name="Ejected">Whether it is passed over because it failed again and again.</param>
/// <param name="Ejections">How often it was, since the edge started.</param>
/// <param name="FailuresInARow">Failures since its last success.</param>
public sealed record EdgeInstanceStatus(
    string Environment, string Service, string Instance, string Address, long InFlight, long Upgraded, bool Draining, bool Ejected, long Ejections, int FailuresInARow);

/// <summary>The edge's confirmation of a change.</summary>
/// <param name="Version">Version of the table now in force.</param>
/// <param name="Changed">False when it was in force already.</param>
/// <param name="Stored">Whether it is safe on disk; when not, the edge goes on trying and its status says why.</param>
public sealed record TableReceipt(long Version, bool Changed, bool Stored);

/// <summary>The edge's refusal, as <c>application/problem+json</c> (RFC 9457).</summary>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">One sentence: what happened and how to mend it.</param>
/// <param name="Problems">Each thing that is wrong.</param>
/// <param name="Version">Version of the table in force.</param>
public sealed record EdgeProblem(string Title, int Status, string Detail, ImmutableArray<string> Problems, long Version);
