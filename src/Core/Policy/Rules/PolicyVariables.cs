namespace Fairway.Policy;

/// <summary>
/// What policies may look at: the one place where their variables and fields are declared. A field that nobody gave is not known, and reading it is an
/// error, by which a policy does not allow; <c>has()</c> asks whether it is known.
/// </summary>
public static class PolicyVariables
{
    private static readonly CelType Labels = CelType.Map(CelType.String, CelType.String);

    private static readonly CelType Names = CelType.List(CelType.String);

    private static readonly CelRecordType Attestation = new("fairway.Attestation",
    [
        new("kind", CelType.String, "what was attested: `tests`, `scan/secrets`, `provenance`, `sbom`, `verify`"),
        new("passed", CelType.Bool, "whether it passed"),
        new("summary", CelType.String, "in a sentence"),
        new("numbers", CelType.Map(CelType.String, CelType.Double), "its figures by name, such as `findings` or `coverage`"),
        new("by", CelType.String, "who attested it"),
        new("at", CelType.Timestamp, "when"),
    ]);

    private static readonly CelRecordType Release = new("fairway.Release",
    [
        new("digest", CelType.String, "its identity, `sha256:…`"),
        new("version", CelType.String, "its name"),
        new("artifact", CelType.String, "the artifact's digest"),
        new("createdAt", CelType.Timestamp, "when it was first stored"),
        new("commit", CelType.String, "the commit it was built from"),
        new("branch", CelType.String, "the branch it was built from"),
        new("author", CelType.String, "who wrote the commit"),
        new("rejected", CelType.Bool, "whether a rollout of it was rolled back"),
        new("labels", Labels, "what was said of it when it was made"),
        new("attestations", CelType.List(Attestation.Type), "what was found out about its artifact, the newest of each kind"),
    ]);

    private static readonly CelRecordType Environment = new("fairway.Environment",
    [
        new("name", CelType.String, "such as `production`"),
        new("order", CelType.Int, "its place in the order of promotion, from 0"),
        new("previous", CelType.String, "the environment before it"),
        new("ephemeral", CelType.Bool, "whether it is torn down by itself"),
        new("frozen", CelType.Bool, "whether a freeze holds now"),
        new("labels", Labels, "what was said of it"),
    ]);

    private static readonly CelRecordType Service = new("fairway.Service",
    [
        new("name", CelType.String, "such as `shop`"),
        new("owner", CelType.String, "whose it is"),
        new("tier", CelType.String, "how much depends on it"),
        new("labels", Labels, "what was said of it"),
        new("stable", CelType.String, "the version that serves now"),
        new("openIncidents", CelType.Int, "incidents that are open"),
        new("attestations", CelType.List(Attestation.Type), "what was attested of it in this environment, such as `backup`, the newest of each kind"),
    ]);

    private static readonly CelRecordType Actor = new("fairway.Actor",
    [
        new("name", CelType.String, "who asks"),
        new("kind", CelType.String, "`person`, `token`, `pipeline` or `fairway`"),
        new("roles", Names, "roles in this environment"),
        new("groups", Names, "groups of the person"),
    ]);

    private static readonly CelRecordType Budget = new("fairway.Budget",
    [
        new("objective", CelType.String, "the objective with the least left"),
        new("remaining", CelType.Double, "the share of its error budget that is left: 1 is all, 0 none, below 0 overspent"),
        new("burnRate", CelType.Double, "how many times as fast as allowed it was spent in the last hour"),
        new("window", CelType.Duration, "the objective's window"),
    ]);

    private static readonly CelRecordType Queue = new("fairway.Queue",
    [
        new("mode", CelType.String, "`newest`, `oldest` or `all`"),
        new("waiting", CelType.Int, "requests that wait there"),
        new("busy", CelType.Bool, "whether a rollout is under way there"),
    ]);

    private static readonly CelRecordType Rollout = new("fairway.Rollout",
    [
        new("action", CelType.String, "`deploy`, `promote` or `rollback`"),
        new("strategy", CelType.String, "`rolling`, `blueGreen` or `canary`"),
        new("from", CelType.String, "the environment it is promoted from"),
        new("soaked", CelType.Duration, "how long it has been in that environment"),
        new("approvals", Names, "who approved this digest"),
        new("reason", CelType.String, "why, as the actor said"),
    ]);

    private static readonly CelRecordType Change = new("fairway.Change",
    [
        new("commits", CelType.Int, "commits since the version that serves now, without merges"),
        new("kinds", Names, "their Conventional Commits types, such as `feat`, none twice"),
        new("breaking", CelType.Bool, "whether one of them breaks"),
        new("files", Names, "paths that differ from it, both names of a renamed one"),
        new("authors", Names, "who wrote them"),
        new("migrations", CelType.Int, "database migrations that the version which serves now has not"),
    ]);

    /// <summary>The variables' types, for the manual.</summary>
    public static ImmutableArray<(CelVariable Variable, CelRecordType? Record)> All { get; } =
    [
        (new("release", Release.Type, "what is to be shipped"), Release),
        (new("environment", Environment.Type, "where to"), Environment),
        (new("service", Service.Type, "of which service"), Service),
        (new("actor", Actor.Type, "who asks"), Actor),
        (new("now", CelType.Timestamp, "when"), null),
        (new("budget", Budget.Type, "what the service's objectives still allow"), Budget),
        (new("rollout", Rollout.Type, "how"), Rollout),
        (new("queue", Queue.Type, "what waits for its turn"), Queue),
        (new("change", Change.Type, "what is new in it"), Change),
    ];

    /// <summary>What a policy's expression may use.</summary>
    public static CelDeclarations Declarations { get; } = All.Aggregate(CelDeclarations.Standard.WithRecord(Attestation), (declarations, one) => one.Record is null
        ? declarations.WithVariable(one.Variable.Name, one.Variable.Type, one.Variable.Description)
        : declarations.WithRecord(one.Record).WithVariable(one.Variable.Name, one.Variable.Type, one.Variable.Description));

    /// <summary>An attestation's type: the items of <c>release.attestations</c>.</summary>
    public static CelRecordType AttestationType => Attestation;
}
