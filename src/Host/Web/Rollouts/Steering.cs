using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A word that a person may give, and what it means.</summary>
/// <param name="Command">It.</param>
/// <param name="Label">On its button.</param>
/// <param name="Meaning">What will happen, in a sentence.</param>
/// <param name="Tone"><c>main</c>, <c>plain</c> or <c>danger</c>.</param>
public sealed record SteeringWord(RolloutCommand Command, string Label, string Meaning, string Tone)
{
    /// <summary>In addresses.</summary>
    public string Name => Command.ToString().ToLowerInvariant();
}

/// <summary>Which words make sense when. Whether they are followed is the decider's business.</summary>
internal static class Steering
{
    /// <summary>What a person may say to a rollout. A service leaves an environment only with the environment itself; contracts are the command line's.</summary>
    public static IEnumerable<RolloutCommand> All { get; } = Enum.GetValues<RolloutCommand>().Where(command => command is not (RolloutCommand.Retire or RolloutCommand.Contract));

    /// <summary>What each word means.</summary>
    public static SteeringWord Word(RolloutCommand command) => command switch
    {
        RolloutCommand.Promote => new(command, "Promote", "It goes on at once: past a step that waits for a person, past a guard, or else all the way to 100 %. The judge still watches.", "main"),
        RolloutCommand.Pause => new(command, "Pause", "It stays where it is and traffic stays as it is, until somebody resumes it. The judge still watches and still takes a bad release back.", "plain"),
        RolloutCommand.Resume => new(command, "Resume", "It goes on where it was paused.", "plain"),
        RolloutCommand.Abort => new(command, "Abort", "All traffic goes back to the stable release and the rollout ends. The release is not rejected: it may be tried again.", "danger"),
        RolloutCommand.Rollback => new(command, "Roll back", "All traffic goes back to the release before, and this one is rejected: nothing automatic ships it again until a person allows it.", "danger"),
        RolloutCommand.Unreject => new(command, "Allow again", "The release may be deployed again.", "plain"),
        _ => throw new System.Diagnostics.UnreachableException(command.ToString()),
    };

    /// <summary>Whether a reason must be given: what moves traffic is asked about afterwards.</summary>
    public static bool NeedsReason(RolloutCommand command) => command is RolloutCommand.Promote or RolloutCommand.Abort or RolloutCommand.Rollback or RolloutCommand.Unreject;

    /// <summary>What a word needs beyond leave to steer.</summary>
    public static Permission Needs(RolloutCommand command) => command is RolloutCommand.Promote or RolloutCommand.Unreject ? Permission.Deploy : Permission.Steer;

    /// <summary>Of a rollout, in the order of their buttons.</summary>
    public static IEnumerable<SteeringWord> For(RolloutView view)
    {
        if (view.IsActive && !view.IsGoingBack)
        {
            if (view.MayShip) yield return Word(RolloutCommand.Promote);
            if (!view.MaySteer) yield break;
            yield return Word(view.Rollout.Paused ? RolloutCommand.Resume : RolloutCommand.Pause);
            yield return Word(RolloutCommand.Abort);
            yield return Word(RolloutCommand.Rollback);
        }
        else if (view is { IsActive: false, Service: not null, MaySteer: true, Summary.Phase: RolloutPhases.Completed, Summary.PreviousVersion: not null })
        {
            yield return Word(RolloutCommand.Rollback);
        }
    }
}
