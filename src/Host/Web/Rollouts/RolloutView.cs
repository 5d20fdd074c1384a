using System.Globalization;
using Fairway.Api;
using Fairway.Client.Wire;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A rollout as its page shows it at one moment.</summary>
/// <param name="Rollout">The rollout with its plan and evidence.</param>
/// <param name="Service">The live view of its service; null when another rollout came after it.</param>
/// <param name="Picture">Its records; null while they are being read.</param>
/// <param name="Comparison">How the service was before it and after it.</param>
/// <param name="MaySteer">Whether the viewer may pause, resume, abort and take back.</param>
/// <param name="MayShip">Whether the viewer may promote and allow a rejected release again.</param>
public sealed record RolloutView(RolloutInfo Rollout, ServiceInfo? Service, RolloutPicture? Picture, ComparisonInfo Comparison, bool MaySteer, bool MayShip)
{
    /// <summary>Its line.</summary>
    public RolloutSummary Summary => Rollout.Summary;

    /// <summary>Whether it goes on.</summary>
    public bool IsActive => !Summary.HasEnded;

    /// <summary>Whether it goes back.</summary>
    public bool IsGoingBack => Summary.Phase == RolloutPhases.RollingBack;

    /// <summary><c>environment/service</c></summary>
    public string Key => $"{Summary.Environment}/{Summary.Service}";

    /// <summary>Where it is, without numbers that run: said aloud when it changes.</summary>
    public string Said => Summary.Phase switch
    {
        RolloutPhases.Shifting => string.Create(
            CultureInfo.InvariantCulture,
            $"{Summary.Version} {(Rollout.Paused ? "paused" : "shifting")}: step {Rollout.Step + 1} of {Rollout.Steps.Count}, {Say.Percent(Rollout.Weight)} of the traffic"),
        var phase => $"{Summary.Version} {Say.Apart(phase)}{(Rollout.Paused ? ", paused" : "")}",
    };

    /// <summary>The words that may be given now, with what they do.</summary>
    public IEnumerable<SteeringWord> Words => Steering.For(this);

    /// <summary>The view of a rollout now.</summary>
    public static RolloutView Of(ControlPlaneServices services, RolloutRow row, RolloutPicture? picture, ComparisonInfo comparison, bool maySteer, bool mayShip)
    {
        var now = services.Engine.Find(row.Key)?.Current;
        var isCurrent = now?.State.Rollout?.Id == row.Id;
        var service = isCurrent ? new ServiceWire(services).Describe(row.Key) : null;
        var rollout = isCurrent && now!.State.Rollout is { IsActive: true } active
            ? RolloutWire.Of(active, RolloutDecider.Explain(now.State, now.World, services.Clock.Now))
            : isCurrent ? RolloutWire.Of(now!.State.Rollout!, now.State.Rollout!.Why)
            : picture?.State.Rollout is { } read ? RolloutWire.Of(read, read.Why)
            : new(RolloutWire.Of(row), row.Previous?.Digest, "", [], -1, 0, Paused: false, RolloutWire.At(row.StartedAt), 0, 0, 0, 0);
        return new(rollout, service, picture, comparison, maySteer, mayShip);
    }
}
