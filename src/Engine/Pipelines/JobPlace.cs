using Fairway.Kernel;
using Fairway.Pipelines.Expressions;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>Where an attempt runs and what runs beside it, without templates.</summary>
/// <param name="Policy">What it may reach and use.</param>
/// <param name="Services">Programs beside it.</param>
/// <param name="Wanted">Every image that it, a service or a step names.</param>
internal sealed record JobPlace(SandboxPolicy Policy, ImmutableArray<JobService> Services, ImmutableArray<WantedImage> Wanted)
{
    /// <summary>What the images' names stand for; empty until they were looked for.</summary>
    public ImmutableArray<PinnedImage> Images { get; init; } = [];

    /// <summary>Which kind of sandbox a job runs in: one of containers as soon as anything of it has an image.</summary>
    public static SandboxKind KindOf(PipelineJob job)
    {
        if (job.Scan is not null) return SandboxKind.Process;
        if (job.Sandbox.Kind != SandboxKind.Auto) return job.Sandbox.Kind;
        return job.Sandbox.Image is not null || job.Services.Any(service => service.Image is not null) || job.Steps.Any(step => step.Action is StepAction.Container)
            ? SandboxKind.Podman : SandboxKind.Process;
    }

    /// <summary>With the templates of a job evaluated; or why they cannot be.</summary>
    public static (JobPlace? Place, Why? Problem) Of(PipelineJob job, ExpressionContext context)
    {
        var wanted = ImmutableArray.CreateBuilder<WantedImage>();
        var (image, bad) = Image(job.Sandbox.Image, context, "image", job.Sandbox.Container.Pull, wanted);
        if (bad is not null) return (null, bad);
        var services = ImmutableArray.CreateBuilder<JobService>();
        foreach (var service in job.Services)
        {
            var env = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            foreach (var (name, template) in service.Env)
            {
                var (value, problem) = RunContexts.Text(template, context, ExpressionScopes.JobContainerEnv, $"service {service.Name}");
                if (value is null) return (null, problem);
                env[name] = value;
            }
            (var of, bad) = Image(service.Image, context, $"service {service.Name}", service.Container.Pull, wanted);
            if (bad is not null) return (null, bad);
            // One that an expression left out, as workflows do it, is not there.
            if (service.Image is null || of is not null) services.Add(service with { Env = env.ToImmutable(), Image = of });
        }
        foreach (var step in job.Steps.Select(step => step.Action).OfType<StepAction.Container>())
            if (Image(step.Image, context, "image", PullPolicy.Missing, wanted).Problem is { } wrong) return (null, wrong);
        return Clash(services) is { } clash ? (null, clash)
            : (new(job.Sandbox with { Image = image }, services.ToImmutable(), [.. wanted.DistinctBy(one => one.Reference, StringComparer.Ordinal)]), null);
    }

    // A job and its services have one network: a port is there once.
    private static Why? Clash(IEnumerable<JobService> services)
    {
        var taken = new Dictionary<int, string>();
        foreach (var service in services)
            foreach (var port in service.Ports)
                if (!taken.TryAdd(port, service.Name) && taken[port] != service.Name)
                    return Why.Because("port-taken", "services {first} and {second} both listen on port {port}; a job and its services share one network: give one of them another port",
                        ("first", taken[port]), ("second", service.Name), ("port", port));
        return null;
    }

    private static (string? Name, Why? Problem) Image(string? template, ExpressionContext context, string what, PullPolicy pull, ImmutableArray<WantedImage>.Builder wanted)
    {
        if (template is null) return (null, null);
        var (text, problem) = RunContexts.Text(template, context, ExpressionScopes.JobContainer, what);
        if (text is null) return (null, problem);
        if (text.Trim() is not { Length: > 0 } name) return (null, null);
        if (ImageReference.Problem(name) is { } wrong) return (null, Why.Because("image", "{what}: '{image}' {problem}", ("what", what), ("image", name), ("problem", wrong)));
        wanted.Add(new(name, pull));
        return (name, null);
    }
}
