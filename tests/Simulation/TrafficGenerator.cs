using Fairway.Kernel;
using Fairway.Traffic;
using Fairway.Workloads;

namespace Fairway.Simulation;

/// <summary>Users of one service: requests in bulk by the edge's table, some held open for long.</summary>
internal sealed class TrafficGenerator(Surroundings world, SimulatedService service)
{
    private static readonly TimeSpan CalmEvery = TimeSpan.FromMinutes(2);

    private readonly Prng _chance = Prng.For(world.Scenario.Seed, "traffic/" + service.Key.Service);

    private readonly Prng _latency = Prng.For(world.Scenario.Seed, "latency/" + service.Key.Service);

    public void Start() => Next();

    private void Next() => world.Time.After(world.IsAtRest ? CalmEvery : world.Scenario.TrafficEvery, () =>
    {
        Tick();
        Next();
    });

    private void Tick()
    {
        if (world.Edge.RoutesOf(service.Key) is not { } routes || IsLull) return;
        var requests = Math.Max(1, (int)(service.RequestsPerSecond * world.Scenario.TrafficEvery.TotalSeconds));
        foreach (var arm in routes.Arms)
        {
            var share = Share(requests, arm.Weight);
            if (arm.Weight == Weight.Zero && routes.PreviewArm == arm.Name) share = _chance.Between(0, 5);
            if (share > 0) Serve(arm, share);
        }
    }

    private bool IsLull => world.Scenario.LullEvery is { } every && world.Time.Elapsed.Ticks % every.Ticks > every.Ticks / 2;

    private int Share(int requests, Weight weight)
    {
        var exact = requests * (double)weight.BasisPoints / 10_000;
        var whole = (int)exact;
        return whole + (_chance.Chance(exact - whole) ? 1 : 0);
    }

    private void Serve(Arm arm, int requests)
    {
        var active = 0;
        foreach (var target in arm.Targets)
            if (target.State == TargetState.Active) active++;
        if (active == 0)
        {
            world.Safety.OnNoTarget(service, arm);
            return;
        }
        var rest = requests;
        foreach (var target in arm.Targets)
        {
            if (target.State != TargetState.Active) continue;
            var here = rest / active--;
            rest -= here;
            if (here > 0) Serve(arm, target, here);
        }
    }

    private void Serve(Arm arm, Target target, int requests)
    {
        var truth = world.Workloads.Find(service.Key, target.Instance);
        var answers = truth is { Phase: InstancePhase.Ready or InstancePhase.Unready } && truth.Port == target.Port;
        world.Safety.OnRequests(service, arm, target, requests);
        var program = world.Workloads.Programs(Release(arm));
        var bad = !answers ? requests : 0;
        if (answers && program.ErrorRatio > 0)
            for (var i = 0; i < requests; i++)
                if (_chance.Chance(program.ErrorRatio)) bad++;
        // Of its own source, so that who is judged by latencies meets the same history otherwise.
        var slow = 0;
        if (program.SlowRatio > 0)
            for (var i = 0; i < requests; i++)
                if (_latency.Chance(program.SlowRatio)) slow++;
        world.Edge.Count(service.Key, arm, target.Instance, requests - bad, bad, slow);
        world.Safety.OnCounted(service, arm, requests, bad);
        if (answers && _chance.Chance(world.Scenario.LongRequests)) Hold(arm, target.Instance);
    }

    private void Hold(Arm arm, string instance)
    {
        var epoch = world.Edge.Epoch;
        world.Edge.Hold(service.Key, arm, instance, +1);
        world.Time.After(_chance.LogUniform(TimeSpan.FromSeconds(0.2), TimeSpan.FromMinutes(3)), () =>
        {
            if (epoch == world.Edge.Epoch) world.Edge.Hold(service.Key, arm, instance, -1);
        });
    }

    private Catalog.Release Release(Arm arm)
    {
        foreach (var release in service.Releases)
            if (release.Digest == arm.Release) return release;
        throw new InvalidOperationException(arm.Release);
    }
}
