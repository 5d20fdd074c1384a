using System.Diagnostics;
using Fairway.Contracts.Pipelines;
using Fairway.Source;

namespace Fairway.Pipelines;

/// <summary>Jobs and services in container images, and images that jobs make, by the real program and a real Podman.</summary>
public sealed class ContainerTests(TestImages images) : IDisposable
{
    private readonly string _work = Directory.CreateTempSubdirectory("fairway-containers-").FullName;
    private readonly string _cache = Directory.CreateTempSubdirectory("fairway-cache-").FullName;

    public void Dispose()
    {
        Directory.Delete(_work, recursive: true);
        Directory.Delete(_cache, recursive: true);
    }

    [Fact]
    public async Task A_job_in_an_image_reaches_its_service_and_is_not_run_again()
    {
        images.Need();
        Write($$"""
            jobs:
              test:
                image: {{images.Busybox}}
                sandbox: { network: none, memory: 256Mi }
                secrets: { TOKEN: env:FAIRWAY_TEST_TOKEN }
                services:
                  db:
                    image: {{images.Busybox}}
                    command: [sh, -c, 'while true; do nc -l -p 5432 -e echo "$PASSWORD"; done']
                    env: { PASSWORD: '{{"${{ secrets.TOKEN }}"}}' }
                    ports: 5432
                steps:
                  - run: test "$(nc db 5432 </dev/null)" = "$TOKEN" && echo "answered with $TOKEN"
                  - run: mkdir out && id -u > out/user
                artifacts: { app: out }
              after:
                needs: test
                services:
                  db: { image: '{{images.Busybox}}', command: [nc, -ll, -p, '5432', -e, echo, hello], ports: 5432 }
                steps:
                  - run: python3 -c 'import socket; assert socket.create_connection(("db", 5432), 30).recv(5) == b"hello"' && test "$(cat out/user)" = 0
            """);
        var (code, output) = await RunAsync("pipeline", "run");
        Assert.True(code == 0, output);
        Assert.Contains("2 jobs run", output, StringComparison.Ordinal);
        var (_, log) = await RunAsync("pipeline", "logs", "latest", "test");
        Assert.Contains($"image {images.Busybox} is sha256:", log, StringComparison.Ordinal);
        Assert.Contains("answered with ***", log, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret-of-this-test", log, StringComparison.Ordinal);
        (code, output) = await RunAsync("pipeline", "run");
        Assert.True(code == 0 && output.Contains("2 taken from the cache", StringComparison.Ordinal), output);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task A_killed_run_leaves_no_container()
    {
        images.Need();
        Write($$"""
            jobs:
              long:
                image: {{images.Busybox}}
                services:
                  db: { image: '{{images.Busybox}}', command: [nc, -ll, -p, '5432', -e, echo, hello], ports: 5432 }
                run: sleep 1000
            """);
        using var run = Process.Start(Start("pipeline", "run"))!;
        var ended = run.StandardOutput.ReadToEndAsync();
        _ = run.StandardError.ReadToEndAsync();
        await Hammer.Until.TrueAsync(() => Task.FromResult(run.HasExited || Left().Length == 2), "its containers run");
        Assert.False(run.HasExited);
        run.Kill();
        Assert.DoesNotContain("succeeded", await ended, StringComparison.Ordinal);
        await Hammer.Until.TrueAsync(() => Task.FromResult(Left().Length == 0), "its containers are gone");
        // What is left on the disk goes with the next run.
        Write($$"""{ jobs: { short: { image: '{{images.Busybox}}', run: 'true' } } }""");
        var (code, output) = await RunAsync("pipeline", "run");
        Assert.True(code == 0, output);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task Without_podman_a_job_with_an_image_says_what_to_install()
    {
        Write("""{ jobs: { test: { image: node:22, run: npm test } } }""");
        var programs = Directory.CreateDirectory(Path.Combine(_cache, "programs"));
        foreach (var program in Directory.EnumerateFiles("/usr/bin"))
            if (Path.GetFileName(program) != "podman") File.CreateSymbolicLink(Path.Combine(programs.FullName, Path.GetFileName(program)), program);
        var start = Start("pipeline", "run");
        start.Environment["PATH"] = programs.FullName;
        var (code, output) = await EndAsync(start);
        Assert.Equal(1, code);
        Assert.Contains("image node:22 is wanted, and Podman is not installed: install it (apt-get install podman", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_a_job_makes_is_kept_with_how_it_was_built_and_given_back_as_a_layout()
    {
        images.Need();
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        var digest = OciFixture.Write(Path.Combine(house.Work, "layout"), "a layer", "shop");
        house.Commit("package-lock.json", """{"name":"shop","lockfileVersion":3,"packages":{"":{"name":"shop"},"node_modules/left-pad":{"version":"1.3.0"}}}""", "feat: lock");
        house.Commit(".fairway/pipeline.yaml", $$"""
            jobs:
              image:
                image: {{images.Busybox}}
                run: mkdir build && cp -r layout build/image
                artifacts: { web: { image: build/image } }
            """, "feat: an image");
        var pushed = house.Must("push", "fairway", "main");
        var output = "";
        await Hammer.Until.TrueAsync(async () => (output = (await house.FairwayAsync("artifact", "list")).Output).Contains(digest[7..19], StringComparison.Ordinal), $"the image is kept: {pushed}{output}");
        await Hammer.Until.TrueAsync(async () => (await house.FairwayAsync("artifact", "verify", digest)).Code == 0, "it can be trusted");
        Assert.Contains("a container image", (await house.FairwayAsync("artifact", "show", digest)).Output, StringComparison.Ordinal);
        var (_, provenance) = await house.FairwayAsync("artifact", "provenance", digest);
        using var envelope = System.Text.Json.JsonDocument.Parse(provenance);
        var statement = System.Text.Encoding.UTF8.GetString(envelope.RootElement.GetProperty("payload").GetBytesFromBase64());
        Assert.Contains(digest[7..], statement, StringComparison.Ordinal);
        Assert.Contains("pkg:oci/", statement, StringComparison.Ordinal);
        await Hammer.Until.TrueAsync(async () => (await house.FairwayAsync("artifact", "sbom", digest)).Output.Contains("left-pad", StringComparison.Ordinal), "what it is made of is known");

        var given = Path.Combine(house.Work, "given");
        Assert.Equal(0, (await house.FairwayAsync("artifact", "export", digest, "--layout", given)).Code);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(given, "blobs", "sha256")))
            Assert.Equal(Path.GetFileName(file), OciFixture.DigestOf(file));
        Assert.Equal(3, Directory.EnumerateFiles(Path.Combine(given, "blobs", "sha256")).Count());
        var damaged = Directory.EnumerateFiles(Path.Combine(house.Data, "artifacts", digest.Replace(':', '-'), "blobs", "sha256")).First();
        File.SetUnixFileMode(damaged, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.AppendAllTextAsync(damaged, "x");
        Assert.Equal(3, (await house.FairwayAsync("artifact", "verify", digest)).Code);
    }

    private string[] Left() => TestImages.Podman("ps", "--all", "--quiet", "--filter", "ancestor=" + images.Busybox).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private void Write(string pipeline)
    {
        Directory.CreateDirectory(Path.Combine(_work, ".fairway"));
        File.WriteAllText(Path.Combine(_work, ".fairway", "pipeline.yaml"), pipeline);
    }

    private ProcessStartInfo Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), arguments) { WorkingDirectory = _work, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["XDG_CACHE_HOME"] = _cache;
        start.Environment["FAIRWAY_TEST_TOKEN"] = "s3cret-of-this-test";
        return start;
    }

    private Task<(int Code, string Output)> RunAsync(params string[] arguments) => EndAsync(Start(arguments));

    private static async Task<(int Code, string Output)> EndAsync(ProcessStartInfo start)
    {
        using var program = Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        return (program.ExitCode, output + await errors);
    }
}
