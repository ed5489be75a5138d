# A Fargate service whose task definition names its secrets and holds none. Deploy it with
#   terraform init
#   terraform apply -var image=… -var cluster=… -var 'subnets=["…"]' -var 'security_groups=["…"]'
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "image" {
  description = "Its ENTRYPOINT is paramexec, its CMD the server"
  type        = string
}

variable "cluster" {
  description = "The name of the ECS cluster"
  type        = string
}

variable "subnets" {
  type = list(string)
}

variable "security_groups" {
  type = list(string)
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region
}

resource "aws_cloudwatch_log_group" "shop" {
  name              = "/shop"
  retention_in_days = 30
}

data "aws_iam_policy_document" "ecs_tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# For ECS itself, which pulls the image and writes the logs. It may read no secret.
resource "aws_iam_role" "execution" {
  name_prefix        = "shop-execution-"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

# For what runs in the container: paramexec, and then the application. `paramexec --iam-policy` prints these statements,
# and kms:Decrypt, which only secrets under keys of your own need.
resource "aws_iam_role" "task" {
  name_prefix        = "shop-task-"
  assume_role_policy = data.aws_iam_policy_document.ecs_tasks.json
}

data "aws_iam_policy_document" "secrets" {
  statement {
    actions = ["ssm:GetParameters"]
    resources = [
      "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/shop/production/db/password",
      "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/shop/production/log-level",
    ]
  }
  statement {
    actions   = ["ssm:GetParametersByPath"]
    resources = ["arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/shop/production/app/*"]
  }
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:shop/production/api-??????"]
  }
}

resource "aws_iam_role_policy" "secrets" {
  name   = "secrets"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.secrets.json
}

resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([
    {
      name         = "web"
      image        = var.image
      essential    = true
      portMappings = [{ containerPort = 3000 }]

      # Terraform replaces "${…}" itself. Write "$${…}" if paramexec is to do it at start.
      environment = [
        { name = "DB_PASSWORD", value = "ssm:///shop/production/db/password" },
        { name = "API_TOKEN", value = "secretsmanager://shop/production/api#token" },
        { name = "LOG_LEVEL", value = "ssm:///shop/production/log-level?default=info" },
        { name = "PARAMEXEC_FROM", value = "ssm:///shop/production/app/" },
        { name = "PARAMEXEC_TIMEOUT", value = "120s" },
      ]

      healthCheck = {
        command = ["CMD", "curl", "--fail", "--silent", "http://127.0.0.1:3000/up"]
        # Longer than PARAMEXEC_TIMEOUT and the start of the application together: a task that waits for AWS is not unhealthy.
        startPeriod = 180
      }

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.shop.name
          awslogs-region        = local.region
          awslogs-stream-prefix = "web"
        }
      }
    },
  ])
}

resource "aws_ecs_service" "shop" {
  name            = "shop"
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.shop.arn
  desired_count   = 2
  launch_type     = "FARGATE"

  network_configuration {
    subnets         = var.subnets
    security_groups = var.security_groups
  }

  # A task that cannot start does not replace one that runs.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
}
