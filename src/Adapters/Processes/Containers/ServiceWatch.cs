using System.Globalization;
using Fairway.Kernel;
using Fairway.Pipelines;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>Waits until services are ready: by their command, by their ports, or by what their image says.</summary>
internal sealed class ServiceWatch(PodmanProgram podman, PodmanArguments arguments, TimeProvider time)
{
    private const int TailBytes = 4096;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for one; says why it did not get ready.</summary>
    public async Task<Fault?> UntilReadyAsync(JobService service, ContainerProcess process, PodmanImage image, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            if (!process.IsRunning) return Ended(service, process);
            if (await IsReadyAsync(service, process, image, cancellation)) return null;
            if (time.GetElapsedTime(began) > service.StartTimeout.ToTimeSpan())
                return Unready(service, string.Create(CultureInfo.InvariantCulture, $"it is still not ready after {service.StartTimeout.TotalSeconds:0} s"));
            await Task.Delay(Pause, time, cancellation);
        }
    }

    private async Task<bool> IsReadyAsync(JobService service, ContainerProcess process, PodmanImage image, CancellationToken cancellation)
    {
        var command = !service.Ready.IsEmpty ? service.Ready : service.Ports.IsEmpty ? image.Health : [];
        if (command.IsEmpty) return service.Ports.All(process.Listens);
        var (answer, _) = await podman.RunAsync(["exec", arguments.Service(service.Name), .. command], null, TimeSpan.FromSeconds(30), cancellation);
        return answer is { Code: 0 };
    }

    /// <summary>Why a service that ended is not ready.</summary>
    public Fault Ended(JobService service, ContainerProcess process) => Unready(service, process.Code.Length == 0 ? "it ended" : $"it ended with exit code {process.Code}");

    private Fault Unready(JobService service, string why)
    {
        var last = Tail(arguments.LogOf(service.Name));
        return new(FaultKind.Failed, Blame.Release, false, $"service {service.Name} ({service.Image}) did not get ready: {why}{(last.Length == 0 ? "" : "; it said: " + last)}");
    }

    // Lines of the format k8s-file: time, stream, F or P, text.
    private static string Tail(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Seek(-Math.Min(stream.Length, TailBytes), SeekOrigin.End);
            using var reader = new StreamReader(stream);
            var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 4)).Where(parts => parts.Length == 4);
            return string.Join("; ", lines.Select(parts => parts[3].Trim()).TakeLast(10));
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
