using System.Globalization;
using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>What <c>options</c> of a container say: those options of <c>docker create</c> that have a meaning here.</summary>
internal sealed record ReadOptions
{
    public ContainerSettings Settings { get; init; } = new();

    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<string> Health { get; init; } = [];

    public long? MemoryBytes { get; init; }

    public double? Cpus { get; init; }

    public int? Processes { get; init; }
}

/// <summary>Reads <c>options</c>.</summary>
internal sealed class ContainerOptions(WorkflowForm form, SourcePosition at, string what)
{
    private const string Known = "--health-cmd, --memory, --cpus, --pids-limit, --read-only, --tmpfs, --shm-size or --env";

    /// <summary>Reads them; what is not known is reported.</summary>
    public ReadOptions Read(string text)
    {
        var read = new ReadOptions();
        var words = ShellWords.Split(text).ToArray();
        for (var i = 0; i < words.Length; i++)
        {
            var equals = words[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? words[i] : words[i][..equals];
            string Value() => equals >= 0 ? words[i][(equals + 1)..] : i + 1 < words.Length ? words[++i] : "";
            switch (name)
            {
                case "--health-cmd":
                    read = read with { Health = ["sh", "-c", Value()] };
                    break;
                case "--health-interval" or "--health-timeout" or "--health-retries" or "--health-start-period" or "--health-start-interval":
                    // How often is the runner's own, and it waits two minutes.
                    _ = Value();
                    break;
                case "--name" or "--hostname" or "-h" or "--network-alias":
                    _ = Value();
                    form.NoEffect(at, $"{name} has no effect: a service has its name");
                    break;
                case "--init" or "--rm":
                    form.NoEffect(at, $"{name} has no effect: every container is removed with the job");
                    break;
                case "--read-only":
                    read = read with { Settings = read.Settings with { ReadOnly = true } };
                    break;
                case "--memory" or "-m":
                    read = read with { MemoryBytes = Bytes(name, Value()) };
                    break;
                case "--shm-size":
                    read = read with { Settings = read.Settings with { SharedMemoryBytes = Bytes(name, Value()) } };
                    break;
                case "--cpus":
                    read = read with { Cpus = Number(name, Value(), 1024) };
                    break;
                case "--pids-limit":
                    read = read with { Processes = (int?)Number(name, Value(), 1_000_000) };
                    break;
                case "--tmpfs":
                    read = Tmpfs(read, Value());
                    break;
                case "--env" or "-e":
                    read = Env(read, Value());
                    break;
                default:
                    form.NotSupported(at, $"the option {name} of {what}", Known);
                    return read;
            }
        }
        return read;
    }

    private ReadOptions Tmpfs(ReadOptions read, string value)
    {
        var folder = value.Split(':')[0];
        if (Declarations.ImageDeclaration.IsFolder(folder)) return read with { Settings = read.Settings with { Tmpfs = read.Settings.Tmpfs.Add(folder) } };
        Bad("--tmpfs", value, "an absolute path");
        return read;
    }

    private ReadOptions Env(ReadOptions read, string value)
    {
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0 && VariableName.IsValid(value[..equals])) return read with { Env = read.Env.SetItem(value[..equals], value[(equals + 1)..]) };
        Bad("--env", value, "NAME=value; the runner's own variables are given to nothing");
        return read;
    }

    // Docker's sizes: a number with b, k, m or g, of 1024.
    private long? Bytes(string name, string value)
    {
        var text = value.ToLowerInvariant();
        if (text.EndsWith('b') && text.Length > 1 && !char.IsDigit(text[^2])) text = text[..^1];
        var unit = text.Length == 0 ? 0 : text[^1] switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        if (unit > 0 || text.EndsWith('b')) text = text[..^1];
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= long.MaxValue >> unit) return number << unit;
        Bad(name, value, "a size such as 512m");
        return null;
    }

    private double? Number(string name, string value, double most)
    {
        if (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most) return number;
        Bad(name, value, "a number above 0");
        return null;
    }

    private void Bad(string name, string value, string expected) => form.Diagnostics.Error(DiagnosticCodes.BadValue, at, $"{name} is \"{value}\"", expected);
}
