using System.Globalization;
using System.Text.Json;
using Fairway.Kernel;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>What Podman says of this machine.</summary>
/// <param name="Rootless">Whether it runs as an ordinary user.</param>
/// <param name="Controllers">Limits that hold: <c>memory</c>, <c>cpu</c>, <c>pids</c>.</param>
internal sealed record PodmanMachine(bool Rootless, ImmutableArray<string> Controllers)
{
    /// <summary>
    /// First of the users of this machine that a container's users are when Podman runs as root: beyond what <c>/etc/subuid</c> and systemd give away. Root in a
    /// container is then nobody outside.
    /// </summary>
    public const uint FirstUser = 1_000_000_000;

    /// <summary>How many users a container has.</summary>
    public const int Users = 65_536;

    private const int MostFiles = 1_048_576;
    private const int LeastProcesses = 4096;

    /// <summary>Whether a limit holds.</summary>
    public bool Has(string controller) => Controllers.Contains(controller, StringComparer.Ordinal);

    /// <summary>Reads <c>podman info</c>.</summary>
    /// <param name="info">What it printed.</param>
    /// <param name="hasRunc">Whether runc is on this machine.</param>
    /// <returns>The machine, and arguments that go before those of every call.</returns>
    /// <exception cref="JsonException">It is not what it should be.</exception>
    public static (PodmanMachine Machine, ImmutableArray<string> Leading) Read(string info, bool hasRunc)
    {
        using var document = JsonDocument.Parse(info);
        try
        {
            var host = document.RootElement.GetProperty("host");
            var rootless = host.GetProperty("security").GetProperty("rootless").GetBoolean();
            var first = host.GetProperty("cgroupVersion").GetString() == "v1";
            var runtime = host.GetProperty("ociRuntime").GetProperty("name").GetString() ?? "";
            var listed = host.TryGetProperty("cgroupControllers", out var names) && names.ValueKind == JsonValueKind.Array
                ? names.EnumerateArray().Select(name => name.GetString() ?? "").ToArray() : [];
            // Of control groups of the first version, root has all and nobody else has any.
            ImmutableArray<string> controllers = first ? rootless ? [] : ["memory", "cpu", "pids"] : rootless ? [.. listed] : ["memory", "cpu", "pids"];
            // crun wants control groups of the second version alone; on a machine that has both kinds, runc manages.
            return (new(rootless, controllers), runtime == "crun" && first && hasRunc ? ["--runtime", "runc"] : []);
        }
        catch (Exception other) when (other is KeyNotFoundException or InvalidOperationException)
        {
            throw new JsonException("podman info has another form than expected", other);
        }
    }

    /// <summary>
    /// Limits of a container's programs. They are said always: Podman's own defaults may be more than what may be given away here. The limit of processes is that of the
    /// sandbox; a user's own is only not to be in its way.
    /// </summary>
    /// <param name="processes">Most processes at once.</param>
    public static IEnumerable<string> Limits(int processes)
    {
        foreach (var line in File.ReadLines("/proc/self/limits"))
        {
            var name = line.StartsWith("Max open files", StringComparison.Ordinal) ? "nofile" : line.StartsWith("Max processes", StringComparison.Ordinal) ? "nproc" : null;
            if (name is null) continue;
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var wanted = name == "nofile" ? MostFiles : Math.Max(LeastProcesses, processes);
            var most = long.TryParse(words[^2], NumberStyles.None, CultureInfo.InvariantCulture, out var hard) ? Math.Min(hard, wanted) : wanted;
            yield return "--ulimit";
            yield return string.Create(CultureInfo.InvariantCulture, $"{name}={most}:{most}");
        }
    }
}

/// <summary>What Podman says of an image.</summary>
/// <param name="Id">Digest of its configuration.</param>
/// <param name="Digest">Digest of its manifest.</param>
/// <param name="SearchPath">Its <c>PATH</c>.</param>
/// <param name="Health">The command that says whether it is healthy; empty when it has none.</param>
internal sealed record PodmanImage(string Id, string Digest, string SearchPath, ImmutableArray<string> Health)
{
    private const string UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Reads <c>podman image inspect</c>; null when it is not what it should be.</summary>
    public static PodmanImage? Read(string inspected)
    {
        try
        {
            using var document = JsonDocument.Parse(inspected);
            var image = document.RootElement[0];
            var configuration = Member(image, "Config") is { ValueKind: JsonValueKind.Object } found ? found : default;
            var path = UsualPath;
            if (configuration.ValueKind == JsonValueKind.Object && Member(configuration, "Env") is { ValueKind: JsonValueKind.Array } variables)
                foreach (var variable in variables.EnumerateArray())
                    if (variable.GetString() is { } text && text.StartsWith("PATH=", StringComparison.Ordinal) && text.Length > 5) path = text[5..];
            var health = Member(image, "Healthcheck") ?? (configuration.ValueKind == JsonValueKind.Object ? Member(configuration, "Healthcheck") : null);
            return Member(image, "Id")?.GetString() is { Length: > 0 } id && Member(image, "Digest")?.GetString() is { Length: > 0 } digest
                ? new(id, digest, path, Command(health)) : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    // Test is ["NONE"], ["CMD", program, …] or ["CMD-SHELL", line] (docker-image specification, "Healthcheck").
    private static ImmutableArray<string> Command(JsonElement? health)
    {
        if (health is not { ValueKind: JsonValueKind.Object } declared || Member(declared, "Test") is not { ValueKind: JsonValueKind.Array } test) return [];
        var words = test.EnumerateArray().Select(word => word.GetString() ?? "").ToArray();
        return words switch
        {
            ["CMD", .. var command] => [.. command],
            ["CMD-SHELL", var line] => ["sh", "-c", line],
            _ => [],
        };
    }

    private static JsonElement? Member(JsonElement element, string name)
    {
        foreach (var member in element.EnumerateObject())
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return member.Value;
        return null;
    }
}
