using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using Fairway.Contracts.Pipelines;
using Xunit;

[assembly: AssemblyFixture(typeof(TestImages))]

namespace Fairway.Contracts.Pipelines;

/// <summary>Images made on this machine, of Debian's static busybox: no registry is asked. Without Podman or busybox, what needs them is skipped.</summary>
public sealed class TestImages : IDisposable
{
    private readonly string _name = "localhost/fairway-test-" + Guid.NewGuid().ToString("N")[..8];
    private readonly Lock _lock = new();
    private (string? Missing, bool Made) _state;

    /// <summary>An image with a shell and small programs.</summary>
    public string Busybox => _name + ":busybox";

    /// <summary>An image with one program, which is no shell.</summary>
    public string Bare => _name + ":bare";

    /// <summary>Makes them, once; skips the test where they cannot be made.</summary>
    public void Need()
    {
        lock (_lock)
        {
            if (!_state.Made) _state = (Make(), true);
        }
        Assert.SkipWhen(_state.Missing is not null, _state.Missing ?? "");
    }

    /// <summary>Calls Podman; what it printed, with its complaints.</summary>
    public static string Podman(params string[] arguments)
    {
        var start = new ProcessStartInfo("podman", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var podman = Process.Start(start)!;
        var error = podman.StandardError.ReadToEndAsync();
        var output = podman.StandardOutput.ReadToEnd();
        podman.WaitForExit();
        return podman.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"podman {arguments[0]}: {error.Result}");
    }

    public void Dispose()
    {
        if (_state is not { Made: true, Missing: null }) return;
        Podman("rmi", "--force", Busybox);
        Podman("rmi", "--force", Bare);
    }

    private string? Make()
    {
        if (!Installed("podman")) return "Podman is not installed";
        if (!File.Exists("/bin/busybox")) return "busybox is not installed (Debian: busybox-static)";
        if (File.ReadAllBytes("/bin/busybox").AsSpan().IndexOf("/ld-linux"u8) >= 0) return "busybox is not the static one (Debian: busybox-static)";
        var folder = Directory.CreateTempSubdirectory("fairway-images-");
        try
        {
            var busybox = Path.Combine(folder.FullName, "busybox.tar");
            using (var tar = new TarWriter(File.Create(busybox)))
            {
                tar.WriteEntry("/bin/busybox", "bin/busybox");
                foreach (var program in Programs())
                    if (program != "busybox") tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "bin/" + program) { LinkName = "busybox" });
                foreach (var file in (string[])["etc/", "tmp/", "var/", "data/"])
                    tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, file) { Mode = (UnixFileMode)0b111_101_101 });
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "etc/passwd") { DataStream = new MemoryStream(Encoding.ASCII.GetBytes("root:x:0:0:root:/:/bin/sh\n")) });
            }
            var bare = Path.Combine(folder.FullName, "bare.tar");
            using (var tar = new TarWriter(File.Create(bare))) tar.WriteEntry("/bin/busybox", "bin/true");
            Podman("import", "--quiet", "--change", "ENV PATH=/bin:/opt/bin", "--change", "CMD [\"sh\"]", busybox, Busybox);
            Podman("import", "--quiet", "--change", "CMD [\"/bin/true\"]", bare, Bare);
            return null;
        }
        catch (InvalidOperationException unusable)
        {
            return $"Podman does not work here: {unusable.Message}";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string[] Programs()
    {
        using var list = Process.Start(new ProcessStartInfo("/bin/busybox", "--list") { RedirectStandardOutput = true })!;
        return list.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool Installed(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));
}
