using Fairway.Adapters.Yaml;

namespace Fairway.Pipelines;

public sealed class ImageDeclarationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-images-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_job_and_its_services_name_images()
    {
        var job = Read("""
            jobs:
              test:
                image: node:22
                run: npm test
                sandbox: { network: none, memory: 1Gi }
                services:
                  db:
                    image: { name: postgres:17, pull: always, readOnly: true, tmpfs: /var/lib/postgresql/data, sharedMemory: 256Mi }
                    env: { POSTGRES_PASSWORD: x }
                    ports: 5432
                    memory: 512Mi
                    ready: pg_isready -U postgres
                  cache: { command: redis-server }
                artifacts:
                  web: { image: build/image/ }
            """);
        Assert.Equal(("node:22", NetworkPolicy.None, 1L << 30), (job.Sandbox.Image, job.Sandbox.Network, job.Sandbox.MemoryBytes));
        var db = job.Services.Single(service => service.Name == "db");
        Assert.Equal(("postgres:17", PullPolicy.Always, true, 256L << 20), (db.Image, db.Container.Pull, db.Container.ReadOnly, db.Container.SharedMemoryBytes));
        Assert.Equal(["/var/lib/postgresql/data"], db.Container.Tmpfs);
        Assert.Equal(["pg_isready", "-U", "postgres"], db.Ready);
        Assert.Null(job.Services.Single(service => service.Name == "cache").Image);
        Assert.Equal("build/image", Assert.Single(job.Artifacts).Image);
    }

    [Fact]
    public void Another_image_under_the_same_name_is_another_key()
    {
        static JobFingerprint Print(string digest)
        {
            var job = Given.Job("t") with { Sandbox = new() { Image = "node:22" } };
            return JobFingerprint.Of(Given.Run(Given.Pipeline(job)), job, Combination.None, FileTree.Empty, [], [], [new("node:22", digest, "x")], "x64 podman");
        }
        Assert.Equal(Print("sha256:a").Key, Print("sha256:a").Key);
        Assert.NotEqual(Print("sha256:a").Key, Print("sha256:b").Key);
        Assert.StartsWith("image node:22", Assert.Single(Print("sha256:b").DifferencesFrom(Print("sha256:a"))).Sentence, StringComparison.Ordinal);
    }

    private PipelineJob Read(string text)
    {
        var file = Path.Combine(_folder, "pipeline.yaml");
        File.WriteAllText(file, text);
        var (pipeline, diagnostics) = YamlConfiguration.LoadPipeline(file, "main");
        Assert.Empty(diagnostics.Select(one => one.ToString()));
        return Assert.Single(pipeline!.Jobs);
    }
}
