namespace Fairway.Client.Wire;

/// <summary>What the judge knows of a rollout: candidate against stable release.</summary>
/// <param name="Verdict"><c>insufficientEvidence</c>, <c>safe</c> or <c>regressed</c>.</param>
/// <param name="Why">Its reason; null before the first counts.</param>
/// <param name="FalseRollback">Declared probability that a release no worse than tolerated is taken back, 0 to 1.</param>
/// <param name="LogEvidence">ln of the e-value, over all metrics, for "worse than tolerated".</param>
/// <param name="LogThreshold">ln of the e-value at which the candidate is taken back.</param>
/// <param name="Metrics">Each metric.</param>
public sealed record EvidenceInfo(
    string Verdict, WhyInfo? Why, double FalseRollback, double LogEvidence, double LogThreshold, IReadOnlyList<MetricEvidenceInfo> Metrics);

/// <summary>What is known of one metric.</summary>
/// <param name="Metric">Its name, such as <c>errors</c>.</param>
/// <param name="Candidate">The candidate's counts.</param>
/// <param name="Stable">The stable release's counts in the same time.</param>
/// <param name="LogRegression">ln of the e-value for "worse than tolerated".</param>
/// <param name="LogRegressionThreshold">ln of the e-value at which this metric alone takes the candidate back.</param>
/// <param name="LogSafety">ln of the e-value for "better than the margin"; null when no step waits for this metric.</param>
/// <param name="LogSafetyThreshold">ln of the e-value at which it is proven safe.</param>
/// <param name="Ratio">Most likely ratio of odds (or rates), candidate over stable; null when nothing is known.</param>
/// <param name="Low">Lower end of its 95 % confidence sequence.</param>
/// <param name="High">Upper end; null for no limit.</param>
/// <param name="RequestsToSafe">The candidate's requests until it is proven safe if it is as good as the stable release; null when that cannot be said.</param>
/// <param name="RequestsToRegressed">The candidate's requests until a regression as large as the margin is proven; null when that cannot be said.</param>
public sealed record MetricEvidenceInfo(
    string Metric, TallyInfo Candidate, TallyInfo Stable, double LogRegression, double LogRegressionThreshold, double? LogSafety, double LogSafetyThreshold,
    double? Ratio, double Low, double? High, long? RequestsToSafe, long? RequestsToRegressed);

/// <summary>Events, and out of how many requests or over how many seconds.</summary>
/// <param name="Events">Events.</param>
/// <param name="Exposure">Requests or seconds.</param>
public sealed record TallyInfo(double Events, double Exposure);

/// <summary>Answer of <c>GET /api/rollouts/{environment}/{service}/{number}/replay</c>: the judge's decisions computed again from the stored counts.</summary>
/// <param name="Rollout">Its id.</param>
/// <param name="Ticks">Stored ticks.</param>
/// <param name="Same">Whether every verdict and state came out bit for bit as stored.</param>
/// <param name="Verdict">The last verdict, computed now.</param>
/// <param name="Why">Its reason; null without a tick.</param>
/// <param name="FirstDifference">Position in the ledger of the first record that came out otherwise.</param>
/// <param name="Difference">What came out otherwise there.</param>
public sealed record ReplayInfo(string Rollout, int Ticks, bool Same, string Verdict, WhyInfo? Why, long? FirstDifference = null, string? Difference = null);

/// <summary>Body of <c>POST /api/judge/backtest</c>.</summary>
/// <param name="Policy">Settings of a judge, in the ledger's form.</param>
/// <param name="Service">Only this service's rollouts; null is all.</param>
/// <param name="Environment">Only this environment's; null is all.</param>
/// <param name="Last">At most so many, newest first.</param>
public sealed record BacktestRequest(System.Text.Json.JsonElement Policy, string? Service, string? Environment, int Last);

/// <summary>What another policy would have done.</summary>
/// <param name="Rollouts">Newest first; those without counts to judge by are left out.</param>
public sealed record BacktestInfo(IReadOnlyList<BacktestRow> Rollouts);

/// <summary>One past rollout under another policy.</summary>
/// <param name="Rollout">What happened.</param>
/// <param name="Requests">The candidate's requests that were counted.</param>
/// <param name="Verdict">The other policy's verdict: <c>regressed</c> once reached, else the last.</param>
/// <param name="RegressedAfterMs">When it would have taken the release back, since the rollout began; null for never.</param>
/// <param name="RegressedAtRequests">After how many of the candidate's requests.</param>
/// <param name="RegressedAtWeight">At which share, in percent.</param>
/// <param name="SafeAfterMs">When it was first proven safe; null for never.</param>
/// <param name="SafeAtRequests">After how many of the candidate's requests.</param>
/// <param name="Why">Its reason.</param>
public sealed record BacktestRow(
    RolloutSummary Rollout, long Requests, string Verdict, long? RegressedAfterMs, long? RegressedAtRequests, double? RegressedAtWeight, long? SafeAfterMs,
    long? SafeAtRequests, WhyInfo? Why);
