using Fairway.Pipelines;

namespace Fairway.Api;

/// <summary>Words for where runs and jobs of pipelines are: the same in the API and in the console.</summary>
internal static class RunStates
{
    /// <summary>Of a run: <c>running</c>, or how it ended.</summary>
    public static string Of(PipelineRun run) => Ended(run.Outcome) ?? "running";

    /// <summary>Of a job: <c>waiting</c>, <c>running</c>, <c>stopping</c>, or how it ended.</summary>
    public static string Of(InstanceState state) => (state.IsOver ? Ended(state.Result!.Outcome) : null) ?? state.Phase.ToString().ToLowerInvariant();

    /// <summary>Of a job that is not planned: <c>waiting</c>, or what it was instead of running.</summary>
    public static string Of(Outcome? skipped) => Ended(skipped) ?? "waiting";

    /// <summary>Whether a word says that something is over.</summary>
    public static bool IsOver(string word) => word is "succeeded" or "failed" or "timedOut" or "cancelled" or "skipped";

    private static string? Ended(Outcome? outcome) => outcome switch
    {
        null => null,
        Outcome.Success => "succeeded",
        Outcome.Failure => "failed",
        Outcome.TimedOut => "timedOut",
        Outcome.Cancelled => "cancelled",
        _ => "skipped",
    };
}
