using Fairway.Adapters.Processes.Containers;
using Fairway.Pipelines;
using Xunit;

namespace Fairway.Contracts.Pipelines;

/// <summary>What is asked of Podman on machines of other kinds than this one.</summary>
public sealed class PodmanArgumentsTests
{
    private static readonly ImmutableSortedDictionary<string, string> Secret = ImmutableSortedDictionary<string, string>.Empty.Add("PASSWORD", "s3cret").Add("PATH", "/opt/bin");

    [Fact]
    public void Limits_are_those_that_podman_can_set_there()
    {
        Assert.Equal(["memory", "cpu", "pids"], Read("v1", rootless: false).Controllers);
        Assert.Equal(["memory", "cpu", "pids"], Read("v2", rootless: false).Controllers);
        Assert.Equal(["memory", "pids"], Read("v2", rootless: true, "memory", "pids").Controllers);
        Assert.Empty(Read("v1", rootless: true, "memory").Controllers);
        var policy = new SandboxPolicy { MemoryBytes = 1 << 20, Cpus = 1.5, Processes = 50 };
        var run = Of(Read("v2", rootless: true, "memory", "pids")).RunJob("image", policy, [], Secret).ToArray();
        Assert.Contains("--memory=1048576b", run);
        Assert.Contains("--pids-limit=50", run);
        Assert.DoesNotContain(run, word => word.StartsWith("--cpus", StringComparison.Ordinal));
    }

    [Fact]
    public void Runc_stands_in_for_crun_where_control_groups_are_of_both_versions()
    {
        Assert.Equal(["--runtime", "runc"], PodmanMachine.Read(Info("v1", false, "crun"), hasRunc: true).Leading);
        Assert.Empty(PodmanMachine.Read(Info("v1", false, "crun"), hasRunc: false).Leading);
        Assert.Empty(PodmanMachine.Read(Info("v2", false, "crun"), hasRunc: true).Leading);
        Assert.Throws<System.Text.Json.JsonException>(() => PodmanMachine.Read("""{"host":{}}""", hasRunc: true));
    }

    [Fact]
    public void No_value_of_a_variable_is_an_argument_unless_it_is_podmans_own_word()
    {
        foreach (var rootless in (bool[])[true, false])
        {
            var run = Of(Read("v2", rootless)).RunService(new() { Name = "db", Env = Secret }, "image", new(), null, ["db"]).ToArray();
            Assert.DoesNotContain(run, word => word.Contains("s3cret", StringComparison.Ordinal));
            Assert.Contains("PASSWORD", run);
            Assert.Contains("PATH=/opt/bin", run);
            Assert.Equal(!rootless, run.Contains("--uidmap"));
            Assert.Contains("db:127.0.0.1", run);
        }
        Assert.Equal("s3cret", PodmanProgram.Variables(Secret)["PASSWORD"]);
        Assert.NotEqual("/opt/bin", PodmanProgram.Variables(Secret)["PATH"]);
    }

    [Fact]
    public void Services_are_in_the_network_and_the_users_of_the_container_that_holds_them()
    {
        var run = Of(Read("v2", rootless: false)).RunService(new() { Name = "db" }, "image", new() { Network = NetworkPolicy.None }, "holder", ["db"]).ToArray();
        Assert.Equal(["container:holder", "container:holder"], run.Where(word => word.StartsWith("container:", StringComparison.Ordinal)));
        Assert.DoesNotContain("--add-host", run);
        Assert.DoesNotContain("--uidmap", run);
        Assert.Contains("none", Of(Read("v2", rootless: false)).RunJob("image", new() { Network = NetworkPolicy.None }, [], []));
    }

    [Theory]
    [InlineData("""[{"Id":"a","Digest":"sha256:b","Config":{"Env":["PATH=/x","A=b"]},"HealthCheck":{"Test":["CMD-SHELL","pg_isready"]}}]""", "/x", "sh -c pg_isready")]
    [InlineData("""[{"Id":"a","Digest":"sha256:b","Config":{"Healthcheck":{"Test":["CMD","curl","-f","x"]}}}]""", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "curl -f x")]
    [InlineData("""[{"Id":"a","Digest":"sha256:b","HealthCheck":{"Test":["NONE"]}}]""", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "")]
    public void An_image_says_its_path_and_how_its_health_is_asked(string inspected, string path, string health)
    {
        var image = PodmanImage.Read(inspected)!;
        Assert.Equal(("a", "sha256:b", path, health), (image.Id, image.Digest, image.SearchPath, string.Join(' ', image.Health)));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("""[{"Id":5}]""")]
    public void What_cannot_be_read_is_no_image(string inspected) => Assert.Null(PodmanImage.Read(inspected));

    private static PodmanArguments Of(PodmanMachine machine) => new(machine, "label", "prefix", "/folder");

    private static PodmanMachine Read(string version, bool rootless, params string[] controllers) => PodmanMachine.Read(Info(version, rootless, "runc", controllers), hasRunc: false).Machine;

    private static string Info(string version, bool rootless, string runtime, params string[] controllers) => $$"""
        {"host":{"cgroupVersion":"{{version}}","cgroupControllers":[{{string.Join(',', controllers.Select(name => $"\"{name}\""))}}],
        "ociRuntime":{"name":"{{runtime}}"},"security":{"rootless":{{(rootless ? "true" : "false")}} } } }
        """;
}
