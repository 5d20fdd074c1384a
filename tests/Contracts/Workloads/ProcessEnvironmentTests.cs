using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Workloads;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>What an instance is given: variables, secrets, descriptors, signals, limits.</summary>
public sealed class ProcessEnvironmentTests : IAsyncLifetime
{
    private const string Secret = "s3cr3t-value-that-must-not-leak";
    private readonly ProcessHouse _house = new();

    public async ValueTask InitializeAsync() => await _house.OpenAsync();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task An_instance_gets_its_own_variables_and_nothing_else_of_the_control_plane()
    {
        Environment.SetEnvironmentVariable("CONTROL_PLANE_ONLY", "yes");
        Environment.SetEnvironmentVariable("TZ", "Europe/Berlin");
        var release = With(ProcessHouse.Shell("1.5", "exec sleep 1000"), workload => workload with { Environment = workload.Environment.Add("COLOR", "blue").Add("with_space", "a b 'c' \"d\" $e") });
        await _house.ApplyAsync(1, release, 1);
        var ready = await _house.UntilReadyAsync();
        var variables = (await File.ReadAllTextAsync($"/proc/{ready.Pid}/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(entry => entry.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        string[] shells = ["PWD", "OLDPWD", "SHLVL", "_"];
        Assert.Equal(
            "COLOR FAIRWAY_ENVIRONMENT FAIRWAY_INSTANCE FAIRWAY_RELEASE FAIRWAY_RUN FAIRWAY_SERVICE FAIRWAY_VERSION HOME HOST LANG PATH PORT TZ with_space",
            string.Join(' ', variables.Keys.Except(shells, StringComparer.Ordinal).Order(StringComparer.Ordinal)));
        Assert.Equal("a b 'c' \"d\" $e", variables["with_space"]);
        Assert.Equal(
            ("blue", "production", ready.Id, release.Digest, "shop", "1.5", "127.0.0.1", ready.Port.ToString(CultureInfo.InvariantCulture), "Europe/Berlin"),
            (variables["COLOR"], variables["FAIRWAY_ENVIRONMENT"], variables["FAIRWAY_INSTANCE"], variables["FAIRWAY_RELEASE"], variables["FAIRWAY_SERVICE"],
                variables["FAIRWAY_VERSION"], variables["HOST"], variables["PORT"], variables["TZ"]));
    }

    [Fact]
    public async Task Variables_are_put_into_the_arguments()
    {
        await _house.ApplyAsync(1, ProcessHouse.Release("1", "/bin/sh", "-c", "echo \"$1\" \"$2\" \"$3\" \"$4\" \"$5\"; exec sleep 1000", "sh", "--port=$PORT", "${FAIRWAY_VERSION}!", "$UNKNOWN", "$$PORT", "$$"), 1);
        var ready = await _house.UntilReadyAsync();
        await Eventually.Async(() => _house.LogAsync(), lines => lines is [var said] && said == $"--port={ready.Port} 1! $UNKNOWN $PORT $$", "the arguments");
    }

    [Theory]
    [InlineData("PORT", "is given by Fairway")]
    [InlineData("FAIRWAY_X", "is given by Fairway")]
    [InlineData("a.b", "is not a variable name")]
    public async Task A_variable_that_cannot_be_set_is_refused_by_name(string name, string reason)
    {
        await _house.ApplyAsync(1, With(ProcessHouse.Shell("1", "sleep 1000"), workload => workload with { Environment = workload.Environment.Add(name, "1") }), 1);
        var failed = await _house.UntilOneAsync(view => view.Phase == InstancePhase.Failed, "a failure");
        Assert.Contains(name, failed.Fault!.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failed.Fault.Message, StringComparison.Ordinal);
        Assert.Equal(Blame.Configuration, failed.Fault.Who);
    }

    [Fact]
    public async Task A_secret_is_in_the_instances_environment_and_nowhere_else()
    {
        var source = _house.File("secret");
        await File.WriteAllTextAsync(source, Secret + "\n");
        var proof = _house.File("proof");
        var release = With(ProcessHouse.Shell("1", $"printf '%s' \"$TOKEN\" | tr a-z b-za > {proof}; sleep 1000"), workload => workload with
        {
            Secrets = workload.Secrets.Add("TOKEN", "file:" + source),
            Live = ProcessHouse.Quickly(["sh", "-c", "test -n \"$TOKEN\""]),
        });
        await _house.ApplyAsync(1, release, 1);
        var ready = await _house.UntilReadyAsync();
        await Eventually.Async(() => File.Exists(proof) && File.ReadAllText(proof).Length == Secret.Length, "the program saw it");
        File.Delete(source);
        Assert.Empty(ProcessHouse.ProcessesWith(Secret, "cmdline"));
        foreach (var file in Directory.EnumerateFiles(_house.Root, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(Secret, await ReadAsync(file), StringComparison.Ordinal);
        Assert.NotEqual(UnixFileMode.OtherRead, File.GetUnixFileMode(_house.Folder) & UnixFileMode.OtherRead);
    }

    [Fact]
    public async Task A_secret_named_in_an_argument_is_withheld_and_a_notice_says_so()
    {
        Environment.SetEnvironmentVariable("SOURCE_OF_TOKEN", Secret);
        await _house.ApplyAsync(1, With(ProcessHouse.Release("1", "/bin/sh", "-c", "exec sleep 1000", "--token=$TOKEN"), workload => workload with { Secrets = workload.Secrets.Add("TOKEN", "env:SOURCE_OF_TOKEN") }), 1);
        var ready = await _house.UntilReadyAsync();
        Assert.Contains("TOKEN", ready.Notice, StringComparison.Ordinal);
        Assert.Empty(ProcessHouse.ProcessesWith(Secret, "cmdline"));
        Assert.Contains($"TOKEN={Secret}", await File.ReadAllTextAsync($"/proc/{ready.Pid}/environ"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("env:SURELY_NOT_SET", "no variable SURELY_NOT_SET")]
    [InlineData("file:/surely/not/there", "/surely/not/there does not exist")]
    [InlineData("file:relative", "not an absolute path")]
    [InlineData("vault:x", "neither 'env:NAME' nor 'file:/path'")]
    public async Task A_missing_secret_fails_the_instance_and_blames_the_configuration(string source, string reason)
    {
        await _house.ApplyAsync(1, With(ProcessHouse.Shell("1", "sleep 1000"), workload => workload with { Secrets = workload.Secrets.Add("TOKEN", source) }), 1);
        var failed = await _house.UntilOneAsync(view => view.Phase == InstancePhase.Failed, "a failure");
        Assert.Equal(Blame.Configuration, failed.Fault!.Who);
        Assert.Contains("TOKEN", failed.Fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failed.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_starts_with_fresh_signals_three_descriptors_and_a_session_of_its_own()
    {
        await _house.ApplyAsync(1, ProcessHouse.Release("1", "sleep", "1000"), 1);
        var ready = await _house.UntilReadyAsync();
        await Eventually.Async(() => File.ReadAllText($"/proc/{ready.Pid}/comm") == "sleep\n", "the program runs");
        var status = await File.ReadAllTextAsync($"/proc/{ready.Pid}/status");
        // The 31 classic signals; glibc's posix_spawn leaves its two internal ones ignored, which its own start takes back.
        Assert.Equal((0L, 0L), (Mask(status, "SigBlk") & 0x7fffffff, Mask(status, "SigIgn") & 0x7fffffff));
        Assert.Equal("0 1 2", string.Join(' ', Directory.EnumerateFiles($"/proc/{ready.Pid}/fd").Select(Path.GetFileName).Order(StringComparer.Ordinal)));
        // Its parent, the wrapper, leads the group and the session.
        Assert.True((await File.ReadAllTextAsync($"/proc/{ready.Pid}/stat")).Split(") ")[1].Split(' ') is [_, var parent, var group, var session, ..] && parent == group && parent == session);
    }

    [Fact]
    public async Task A_program_that_outgrows_its_memory_limit_is_recorded_as_out_of_memory()
    {
        await _house.ApplyAsync(1, With(ProcessHouse.Release("1", "tail", "/dev/zero"), workload => workload with { MemoryBytes = 32 * 1024 * 1024 }), 1);
        var ended = await _house.UntilOneAsync(view => view.LastExit is not null || view.Notice is not null, "an end");
        Assert.SkipWhen(ended.Notice is not null, $"control groups are not permitted here: {ended.Notice}");
        Assert.Equal((null, "SIGKILL", true), (ended.LastExit!.Code, ended.LastExit.Signal, ended.LastExit.OutOfMemory));
        Assert.Equal("out of memory", ended.LastExit.ToString());
    }

    [Fact]
    public async Task Limits_are_set_use_is_measured_and_the_control_group_goes_with_the_instance()
    {
        var release = With(ProcessHouse.Shell("1", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exec sleep 1000"), workload => workload with { MemoryBytes = 64 * 1024 * 1024, Cpus = 0.5 });
        await _house.ApplyAsync(1, release, 1);
        var ready = await _house.UntilReadyAsync();
        Assert.SkipWhen(ready.Notice is not null, $"control groups are not permitted here: {ready.Notice}");
        var groups = (await File.ReadAllLinesAsync($"/proc/{ready.Pid}/cgroup")).Where(line => line.Contains("/fairway/", StringComparison.Ordinal)).Select(line => line.Split(':')).ToList();
        Assert.NotEmpty(groups);
        var folders = groups.Select(parts => "/sys/fs/cgroup/" + parts[1].Split(',')[0] + parts[2]).ToList();
        Assert.Contains(folders, folder => Text(folder, "cpu.cfs_quota_us", "cpu.max") is "50000" or "50000 100000");
        Assert.Contains(folders, folder => Text(folder, "memory.limit_in_bytes", "memory.max") == "67108864");
        var usage = await Eventually.Async(() => _house.Workloads.MeasureAsync(ProcessHouse.Shop, default), all => all is [{ CpuTime: var cpu }] && cpu > NodaTime.Duration.Zero, "CPU time");
        Assert.Equal((ready.Id, 67108864), (usage[0].Instance, usage[0].MemoryLimitBytes));
        Assert.InRange(usage[0].MemoryBytes, 1, 67108864);
        await _house.ApplyAsync(2, release, 0);
        await Eventually.Async(() => !folders.Exists(Directory.Exists), "the groups are removed");
    }

    [Fact]
    public async Task Without_control_groups_a_notice_says_which_limit_is_not_enforced_and_use_is_still_measured()
    {
        await _house.CloseAsync();
        await _house.OpenAsync(options => options with { CgroupRoot = _house.Artifact });
        await _house.ApplyAsync(1, With(ProcessHouse.Shell("1", "sleep 1000"), workload => workload with { MemoryBytes = 64 * 1024 * 1024, Cpus = 1.5 }), 1);
        var ready = await _house.UntilReadyAsync();
        Assert.StartsWith("the memory limit of 64 MiB and the CPU limit of 1.5 cannot be enforced here: no control groups are mounted", ready.Notice, StringComparison.Ordinal);
        Assert.InRange(Assert.Single(await _house.Workloads.MeasureAsync(ProcessHouse.Shop, default)).MemoryBytes, 1, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task Version_2_limits_are_written_as_its_files_want_them()
    {
        var root = Directory.CreateDirectory(_house.File("cgroup")).FullName;
        await File.WriteAllTextAsync(Path.Combine(root, "cgroup.controllers"), "cpu memory\n");
        await _house.CloseAsync();
        await _house.OpenAsync(options => options with { CgroupRoot = root });
        await _house.ApplyAsync(1, With(ProcessHouse.Shell("1", "sleep 1000"), workload => workload with { MemoryBytes = 64 * 1024 * 1024, Cpus = 0.25 }), 1);
        var ready = await _house.UntilReadyAsync();
        Assert.Null(ready.Notice);
        var group = Assert.Single(Directory.GetDirectories(Path.Combine(root, "fairway")));
        Assert.Equal(
            ("67108864", "25000 100000", $"{ready.Pid}\n"),
            (Text(group, "memory.max"), Text(group, "cpu.max"), await File.ReadAllTextAsync(Path.Combine(group, "cgroup.procs"))));
        Assert.Equal("+memory +cpu", Text(Path.Combine(root, "fairway"), "cgroup.subtree_control"));
    }

    private static Release With(Release release, Func<WorkloadSpec, WorkloadSpec> change) => release with { Workload = change(release.Workload) };

    private static long Mask(string status, string name)
        => long.Parse(status.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[(name.Length + 2)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string? Text(string folder, params string[] names)
        => names.Select(name => Path.Combine(folder, name)).Where(File.Exists).Select(file => File.ReadAllText(file).Trim()).FirstOrDefault();

    private static async Task<string> ReadAsync(string file)
    {
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync();
        }
        catch (IOException)
        {
            return ""; // The lock, or gone meanwhile.
        }
    }
}
