using Fairway.Client;

namespace Fairway.Cli;

/// <summary>How verbs that follow something bear a control plane that is away for a while: what they follow goes on with the next one, and so do they.</summary>
/// <param name="time">Clock.</param>
internal sealed class Absence(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private long? _since;

    /// <summary>Whether it was away at the last look.</summary>
    public bool IsAway => _since is not null;

    /// <summary>It is there.</summary>
    public void End() => _since = null;

    /// <summary>It is away; once more, or still.</summary>
    /// <param name="what">What is followed, such as <c>the run</c>.</param>
    /// <exception cref="FairwayException">For more than a minute.</exception>
    public void Begin(string what)
    {
        _since ??= time.GetTimestamp();
        if (time.GetElapsedTime(_since.Value) > Patience) throw Lasting(what);
    }

    /// <summary>What is said of one that does not come back.</summary>
    public static FairwayException Lasting(string what)
        => new(FairwayException.NotRunning, "the control plane went away and did not come back", $"start it again with `fairway up`; {what} goes on where it was");

    /// <summary>Asks; null when it is away.</summary>
    /// <param name="ask">A question to it.</param>
    /// <param name="what">What is followed.</param>
    /// <param name="tell">Told once, when it goes away; null is nobody.</param>
    /// <exception cref="FairwayException">It said no, or is away for more than a minute.</exception>
    public async Task<T?> AskAsync<T>(Func<Task<T>> ask, string what, TextWriter? tell)
        where T : class
    {
        try
        {
            var answer = await ask();
            End();
            return answer;
        }
        catch (FairwayException away) when (away.Code is FairwayException.NotRunning or "connection-lost" or "ending")
        {
            var known = IsAway;
            Begin(what);
            if (!known && tell is not null) await tell.WriteLineAsync($"the control plane is away; {what} goes on when it is back");
            return null;
        }
    }
}
