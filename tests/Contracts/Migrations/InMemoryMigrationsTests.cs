using System.Text;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Tests.Contracts.Migrations;

public sealed class InMemoryMigrationsTests : MigrationsContract
{
    private readonly Dictionary<string, MigrationDirectory> _files = [];

    protected override DatabaseSpec Spec { get; } = new() { Connection = "env:DATABASE_URL", Migrations = "db" };

    protected override Task<IMigrations> OpenAsync() => Task.FromResult<IMigrations>(new InMemoryMigrations(TimeProvider.System)
    {
        Files = release => _files[release.Artifact],
        Faults = (_, file) => file.Statements.Any(one => one.Text.Contains("no_such_thing", StringComparison.Ordinal))
            ? new(FaultKind.Failed, Blame.Release, Retryable: false, $"{file.Name}:3: relation does not exist") : null,
    });

    protected override Release Given(string version, params (string Name, string Sql)[] files)
    {
        var artifact = $"sha256:{_files.Count}";
        _files[artifact] = MigrationDirectory.Read(files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Sql))));
        return Release(version, artifact);
    }
}
