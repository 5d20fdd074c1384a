using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Adapters.Processes;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Workloads;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>Control planes that are killed, and what the next one makes of what they left.</summary>
public sealed class ProcessAdoptionTests : IAsyncDisposable
{
    private readonly ProcessHouse _house = new();

    private string Starts => _house.File("starts");

    private string SlotFile => Path.Combine(_house.Folder, "services", "production", "shop", "slot-a.json");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Instances_outlive_a_killed_control_plane_and_are_taken_over_as_they_are()
    {
        var plane = await _house.StartPlaneAsync(Counting("1"), count: 3);
        await Eventually.Async(() => StartedPids().Length == 3 && Stored().Count(instance => Phase(instance) == "ready") == 3, "three ready instances");
        var pids = StartedPids();
        await ProcessHouse.KillAsync(plane);
        Assert.All(pids, pid => Assert.True(ProcessHouse.IsAlive(pid)));

        await _house.OpenAsync();
        var views = await _house.Workloads.ObserveAsync(ProcessHouse.Shop, default);
        Assert.All(views, view => Assert.Equal((InstancePhase.Ready, 0), (view.Phase, view.Restarts)));
        await _house.UntilAsync(all => all.Select(view => view.Pid ?? 0).Order().SequenceEqual(pids.Order()), "the same processes");
        await _house.ApplyAsync(2, Counting("1"), 0);
        await _house.UntilAsync(all => all.IsEmpty, "gone");
        Assert.DoesNotContain(pids, ProcessHouse.IsAlive);
        Assert.Equal(3, StartedPids().Length);
    }

    [Fact]
    public async Task An_adopted_instance_that_ends_is_noticed_with_its_exit_code_and_started_again()
    {
        var release = ProcessHouse.Shell("1", $"echo $$ >> {Starts}; trap 'exit 9' USR1; while :; do sleep 0.05; done");
        var plane = await _house.StartPlaneAsync(release);
        await Eventually.Async(() => StartedPids().Length == 1 && Stored().Count(instance => Phase(instance) == "ready") == 1, "a start");
        await ProcessHouse.KillAsync(plane);
        await _house.OpenAsync();
        Send(StartedPids()[0], "USR1");
        var again = await _house.UntilOneAsync(view => view is { Restarts: 1, Phase: InstancePhase.Ready }, "a restart");
        Assert.Equal((9, null), (again.LastExit?.Code, again.LastExit?.Signal));
    }

    [Fact]
    public async Task An_end_without_a_control_plane_is_recorded_by_the_next()
    {
        var plane = await _house.StartPlaneAsync(ProcessHouse.Shell("1", $"echo $$ >> {Starts}; trap 'echo last words; exit 4' USR1; while :; do sleep 0.05; done"));
        await Eventually.Async(() => StartedPids().Length == 1 && Stored().Count(instance => Phase(instance) == "ready") == 1, "a start");
        await ProcessHouse.KillAsync(plane);
        Send(StartedPids()[0], "USR1");
        await Eventually.Async(() => !ProcessHouse.IsAlive(StartedPids()[0]), "its end");
        await _house.OpenAsync();
        var ended = await _house.UntilOneAsync(view => view.LastExit is not null, "an end");
        Assert.Equal((4, "last words"), (ended.LastExit!.Code, ended.LastExit.LastOutput));
        await _house.UntilOneAsync(view => view.Restarts == 1, "a restart");
    }

    [Fact]
    public async Task A_control_plane_killed_between_starting_and_recording_doubles_nothing()
    {
        var plane = await _house.StartPlaneAsync(Counting("1"));
        await Eventually.Async(() => StartedPids().Length == 1, "a start");
        await ProcessHouse.KillAsync(plane);
        // The state as it is stored before a process is started.
        Edit(instance =>
        {
            instance["run"]!.AsObject().Remove("process");
            instance["state"]!["running"] = false;
            instance["state"]!["launches"] = 0;
            instance["state"]!["phase"] = "Starting";
        });
        await _house.OpenAsync();
        var view = await _house.UntilReadyAsync();
        Assert.Equal((StartedPids()[0], 0), (view.Pid!.Value, view.Restarts));
        Assert.Single(StartedPids());
    }

    [Fact]
    public async Task A_control_plane_killed_before_starting_starts_it_now()
    {
        var plane = await _house.StartPlaneAsync(Counting("1"));
        await Eventually.Async(() => StartedPids().Length == 1 && Stored().Count(instance => instance["run"]?["process"] is not null) == 1, "a start");
        await ProcessHouse.KillAsync(plane);
        await KillStartedAsync();
        Directory.Delete(Path.Combine(_house.Folder, "services", "production", "shop", "instances"), recursive: true);
        Edit(instance =>
        {
            instance["run"]!.AsObject().Remove("process");
            instance["state"]!["running"] = false;
            instance["state"]!["launches"] = 0;
            instance["state"]!["phase"] = "Starting";
        });
        await _house.OpenAsync();
        var view = await _house.UntilReadyAsync();
        // It is ready as soon as it runs, and tells of itself a moment later.
        await Eventually.Async(() => StartedPids().Length == 2, "a second start");
        Assert.Equal(0, view.Restarts);
    }

    [Fact]
    public async Task A_pid_that_became_another_process_is_not_taken_for_the_instance()
    {
        var plane = await _house.StartPlaneAsync(Counting("1"));
        await Eventually.Async(() => StartedPids().Length == 1 && Stored().Count(instance => instance["run"]?["process"] is not null) == 1, "a start");
        await ProcessHouse.KillAsync(plane);
        using var innocent = System.Diagnostics.Process.Start("setsid", ["sleep", "1000"]);
        Edit(instance => instance["run"]!["process"]!["pid"] = innocent.Id);
        await _house.OpenAsync();
        var view = await _house.UntilOneAsync(one => one is { Restarts: 1, Phase: InstancePhase.Ready }, "a new start");
        await Eventually.Async(() => StartedPids().Length == 2, "a second start");
        Assert.False(ProcessHouse.IsAlive(StartedPids()[0])); // The old one, which nobody owned any more, was ended first.
        Assert.NotEqual(innocent.Id, view.Pid);
        await _house.ApplyAsync(5, Counting("1"), 0);
        await _house.UntilAsync(all => all.IsEmpty, "gone");
        Assert.False(innocent.HasExited);
        innocent.Kill();
    }

    [Fact]
    public async Task What_survived_its_killed_wrapper_is_ended_before_the_instance_starts_again()
    {
        await _house.OpenAsync();
        await _house.ApplyAsync(1, Counting("1"), 1);
        var first = await _house.UntilReadyAsync();
        Send(Parent(first.Pid!.Value), "KILL");
        await _house.UntilOneAsync(view => view is { Restarts: 1, Phase: InstancePhase.Ready }, "a restart");
        Assert.False(ProcessHouse.IsAlive(first.Pid.Value));
    }

    [Fact]
    public async Task Strays_of_a_slot_that_is_not_wanted_are_ended()
    {
        var plane = await _house.StartPlaneAsync(Counting("1"), count: 2);
        await Eventually.Async(() => StartedPids().Length == 2, "two starts");
        await ProcessHouse.KillAsync(plane);
        File.Delete(SlotFile);
        await _house.OpenAsync();
        Assert.DoesNotContain(StartedPids(), ProcessHouse.IsAlive);
        Assert.Empty(await _house.Workloads.ObserveAsync(ProcessHouse.Shop, default));
    }

    [Fact]
    public async Task A_stop_under_way_is_finished_by_the_next_control_plane()
    {
        var plane = await _house.StartPlaneAsync(Counting("1"));
        await Eventually.Async(() => StartedPids().Length == 1 && Stored().Count(instance => Phase(instance) == "ready") == 1, "a start");
        await ProcessHouse.KillAsync(plane);
        // Stored, but not yet said to the process.
        Edit(instance =>
        {
            instance["state"]!["phase"] = "Stopping";
            instance["state"]!["ending"] = "Removed";
            instance["state"]!["killAt"] = "2100-01-01T00:00:00Z";
        });
        await _house.OpenAsync();
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        Assert.DoesNotContain(StartedPids(), ProcessHouse.IsAlive);
    }

    [Fact]
    public async Task A_second_control_plane_on_the_folder_is_refused()
    {
        await _house.OpenAsync();
        var (second, fault) = await ProcessWorkloads.OpenAsync(ProcessHouse.Options(_house.Folder), TimeProvider.System, default);
        Assert.Null(second);
        Assert.Equal(FaultKind.Conflict, fault?.Kind);
    }

    [Fact]
    public async Task A_damaged_state_file_is_named_and_nothing_is_ended()
    {
        var plane = await _house.StartPlaneAsync(Counting("1"));
        await Eventually.Async(() => StartedPids().Length == 1, "a start");
        await ProcessHouse.KillAsync(plane);
        await File.WriteAllTextAsync(SlotFile, "{\"service\":");
        var (workloads, fault) = await ProcessWorkloads.OpenAsync(ProcessHouse.Options(_house.Folder), TimeProvider.System, default);
        Assert.Null(workloads);
        Assert.Contains(SlotFile, fault!.Message, StringComparison.Ordinal);
        Assert.True(ProcessHouse.IsAlive(StartedPids()[0]));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_a_fault()
    {
        var (workloads, fault) = await ProcessWorkloads.OpenAsync(ProcessHouse.Options("/proc/fairway/workloads"), TimeProvider.System, default);
        Assert.Null(workloads);
        Assert.Contains("/proc/fairway/workloads", fault!.Message, StringComparison.Ordinal);
        Assert.Equal(Blame.Platform, fault.Who);
    }

    [Fact]
    public async Task A_wish_that_cannot_be_stored_is_refused_and_changes_nothing()
    {
        await _house.OpenAsync();
        await File.WriteAllTextAsync(Path.Combine(_house.Folder, "services"), "a file where a folder must be");
        var fault = await _house.Workloads.ApplyAsync(ProcessHouse.Shop, new(1, SlotName.A, Counting("1"), 1), default);
        Assert.Equal(Blame.Platform, fault?.Who);
        Assert.Empty(await _house.Workloads.ObserveAsync(ProcessHouse.Shop, default));
        File.Delete(Path.Combine(_house.Folder, "services"));
        await _house.ApplyAsync(1, Counting("1"), 1);
        await _house.UntilReadyAsync();
    }

    private Release Counting(string version) => ProcessHouse.Shell(version, $"echo $$ >> {Starts}; exec sleep 1000");

    private int[] StartedPids() => File.Exists(Starts) ? [.. File.ReadAllLines(Starts).Select(line => int.Parse(line, CultureInfo.InvariantCulture))] : [];

    private async Task KillStartedAsync()
    {
        foreach (var pid in StartedPids())
        {
            Send(Parent(pid), "KILL");
            Send(pid, "KILL");
        }

        await Eventually.Async(() => !StartedPids().Any(ProcessHouse.IsAlive), "killed");
    }

    private List<JsonNode> Stored() => File.Exists(SlotFile) && JsonNode.Parse(File.ReadAllText(SlotFile))?["instances"] is JsonArray all ? [.. all.Select(node => node!)] : [];

    private static string Phase(JsonNode instance) => instance["state"]!["phase"]!.GetValue<string>();

    private void Edit(Action<JsonNode> change)
    {
        var slot = JsonNode.Parse(File.ReadAllText(SlotFile))!;
        foreach (var instance in slot["instances"]!.AsArray()) change(instance!);
        File.WriteAllText(SlotFile, slot.ToJsonString());
    }

    private static int Parent(int pid) => int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ')[1], CultureInfo.InvariantCulture);

    private static void Send(int pid, string signal)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
